// The real program with the demo customer, on a port and in a folder of its own.
import { execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const program = process.env.VOICE_SERVER;
const run = promisify(execFile);
const OWNER = "owner@harbour-dental.example.com";
const UNWANTED = ["DATABASE_URL", "PLATFORM_URL", "SMTP_HOST", "SECRET_KEY", "SECRET_KEY_OLD", "RETELL_API_KEY"];

export class Platform {
  static async start(more = {}) {
    // For root the database runs under another account, which must be able to enter.
    const folder = await mkdtemp(join(process.getuid?.() === 0 ? "/tmp" : tmpdir(), "voice-browser-"));
    await chmod(folder, 0o711);
    const env = {
      ...process.env,
      DATA_DIR: join(folder, "data"),
      LISTEN: "127.0.0.1:0",
      METRICS_LISTEN: "127.0.0.1:0",
      LOG_FORMAT: "text",
      NO_COLOR: "1",
      ...more,
    };
    for (const name of UNWANTED) delete env[name];
    const demo = JSON.parse((await run(program, ["demo", "--json"], { env })).stdout);
    const platform = new Platform();
    Object.assign(platform, { folder, env, demo, owner: OWNER });
    await platform.serve();
    return platform;
  }

  async serve() {
    this.log = "";
    this.server = spawn(program, ["serve"], { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.url = await new Promise((resolve, reject) => {
      const hear = (chunk) => {
        this.log += chunk;
        const address = / serving address=(\S+)/.exec(this.log)?.[1];
        if (address) resolve(`http://${address}`);
      };
      this.server.stdout.on("data", hear);
      this.server.stderr.on("data", hear);
      this.server.on("exit", (code) => reject(new Error(`the platform ended with ${code}: ${this.log}`)));
    });
  }

  // Ends in good order; what it had stays.
  async halt() {
    const ended = new Promise((resolve) => this.server.on("exit", resolve));
    this.server.kill("SIGTERM");
    await ended;
  }

  // Serves again, where it did.
  async resume() {
    this.env = { ...this.env, LISTEN: new URL(this.url).host };
    await this.serve();
  }

  // What the command line is for where there is no mail: a link that signs in with one click.
  async link(email = this.owner) {
    const { stdout } = await run(this.program, ["login-link", email], { env: { ...this.env, LISTEN: new URL(this.url).host } });
    return /http\S+/.exec(stdout)[0];
  }

  get program() {
    return program;
  }

  async stop() {
    await this.halt();
    await rm(this.folder, { recursive: true, force: true });
  }
}

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
    const server = spawn(program, ["serve"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const platform = new Platform();
    Object.assign(platform, { folder, env, server, demo, owner: OWNER, log: "" });
    platform.url = await new Promise((resolve, reject) => {
      const hear = (chunk) => {
        platform.log += chunk;
        const address = / serving address=(\S+)/.exec(platform.log)?.[1];
        if (address) resolve(`http://${address}`);
      };
      server.stdout.on("data", hear);
      server.stderr.on("data", hear);
      server.on("exit", (code) => reject(new Error(`the platform ended with ${code}: ${platform.log}`)));
    });
    return platform;
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
    const ended = new Promise((resolve) => this.server.on("exit", resolve));
    this.server.kill("SIGTERM");
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

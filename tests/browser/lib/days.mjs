// Days to come, as pages and functions take them.

// A Tuesday, when the demo business is open, so many days ahead or a little later.
export function tuesdayAhead(days) {
  const day = new Date(Date.now() + days * 86_400_000);
  while (day.getUTCDay() !== 2) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

// Renewing in time, so that a read is seldom denied in the first place.

/** Timers stand still while a machine sleeps; the clock does not, and is looked at this often (seconds). */
const glance = 60;

/** After the portal did not answer, ask again this soon (seconds). */
const retrySeconds = 30;

/**
 * Renews every config.refreshSeconds while the page is visible, and on waking up (visible again,
 * network back, page shown from the cache) when half of that has passed or urgent() says so.
 * onOutcome is told how each renewal went. Returns { check, stop }: check() renews at once and
 * resolves to the outcome; stop() ends it all.
 */
export function keepAccess({ config, renewal, onOutcome, urgent = () => false, page = document, view = window }) {
  const period = config.refreshSeconds * 1000;
  // Other tabs' renewals count, so that ten tabs do not ask ten times.
  const age = () => Date.now() - renewal.renewedAt;
  let timer;
  let next;
  const plan = (delay) => {
    next = Date.now() + delay;
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(delay, glance * 1000));
  };
  const look = () => {
    const rest = next - Date.now();
    if (rest > 0) plan(rest);
    else wake(1);
  };
  const check = async () => {
    const outcome = await renewal.renew();
    plan(outcome === "unreachable" ? Math.min(retrySeconds * 1000, period) : period);
    onOutcome(outcome);
    return outcome;
  };
  // due is the part of the period after which it is time.
  const wake = (due) => {
    if (page.visibilityState !== "visible") return; // becoming visible wakes us again
    if (urgent() || age() >= due * period) check();
    else plan(period - age());
  };
  renewal.note(); // what opened this page has just set the cookies
  plan(period);
  const events = [[page, "visibilitychange"], [view, "online"], [view, "pageshow"]];
  const ignore = listen(events, () => wake(1 / 2));
  return { check, stop: () => (clearTimeout(timer), ignore()) };
}

function listen(targets, handler) {
  for (const [target, event] of targets) target.addEventListener(event, handler);
  return () => {
    for (const [target, event] of targets) target.removeEventListener(event, handler);
  };
}

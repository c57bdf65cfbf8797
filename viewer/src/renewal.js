// Renewing the signed cookies, once for all who ask at the same time.

/** How long a refused renewal answers for later denials before the portal is asked again, in ms. */
const quiet = 5_000;

/**
 * Renews the cookies of this browser by POST to url; url null means that there is no way to.
 * Each page has one, which its chunk worker uses, too; it hears of other tabs' success through note().
 *
 * Outcomes: "renewed"; "ended", the portal refused, or there is no way to renew;
 * "unreachable", the portal did not give an answer, which says nothing about access.
 */
export class Renewal {
  #url;
  #running;
  #renewedAt = -Infinity;
  #failed = { at: -Infinity, outcome: "ended" };

  /** onRenewed is called after each renewal made here, but not for note(). */
  constructor(url, onRenewed = () => {}) {
    this.#url = url;
    this.onRenewed = onRenewed;
  }

  /** When the cookies were last renewed, as far as this page knows; Date.now() time. */
  get renewedAt() {
    return this.#renewedAt;
  }

  /** Takes note of a renewal made elsewhere: another tab, or the load of the page. */
  note() {
    this.#renewedAt = Date.now();
    this.#failed.at = -Infinity;
  }

  /** Renews now, or joins the renewal that is under way. Resolves to an outcome, never rejects. */
  renew() {
    this.#running ??= this.#post().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * Answers the denial of a request that was sent at sentAt (Date.now() time). A denial that
   * comes in after a renewal was itself sent with the old cookies: it only needs a retry.
   */
  async answer(sentAt) {
    if (this.#renewedAt > sentAt) return "renewed";
    if (this.#failed.at > sentAt - quiet) return this.#failed.outcome;
    return this.renew();
  }

  async #post() {
    const outcome = await this.#ask();
    if (outcome === "renewed") {
      this.note();
      this.onRenewed();
    } else {
      this.#failed = { at: Date.now(), outcome };
    }
    return outcome;
  }

  async #ask() {
    if (this.#url === null) return "ended";
    try {
      const { ok, status } = await fetch(this.#url, {
        method: "POST",
        credentials: "include",
        cache: "no-store",
        redirect: "error",
      });
      if (ok) return "renewed";
      return status === 401 || status === 403 ? "ended" : "unreachable";
    } catch {
      return "unreachable";
    }
  }
}

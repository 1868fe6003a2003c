// When a call is made again, and after how many seconds: full jitter, what the provider asks for
// first, and a budget, so that a provider that is down is not asked more often than one that is up.

const AGAIN = ['rate-limited', 'unavailable'];
const BUDGET = 20;
const PER_SUCCESS = 0.1;
const LONGEST_STEP = 30;
/** The longest wait that a provider can ask for, in seconds. */
export const LONGEST_WAIT = 300;

/** The policy of one sync. */
export class Retry {
  #budget = BUDGET;
  #retries;

  constructor(retries) {
    this.#retries = retries;
  }

  success() {
    this.#budget = Math.min(this.#budget + PER_SUCCESS, BUDGET);
  }

  /** Seconds until the try after `failed` tries, or undefined where there is none. */
  wait({ outcome, problem }, failed) {
    const asked = problem.retryAfter === undefined ? undefined : Number(problem.retryAfter);
    const spent = failed > this.#retries || this.#budget < 1;
    if (!AGAIN.includes(outcome) || spent || asked > LONGEST_WAIT) {
      return undefined;
    }
    this.#budget -= 1;
    const step = Math.min(2 ** (failed - 1), LONGEST_STEP);
    return asked === undefined ? step * Math.random() : Math.min(asked + Math.random(), LONGEST_WAIT);
  }
}

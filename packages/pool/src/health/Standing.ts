// Whether a connection should be given work of a model: what health tells routing. Data only.

export type Standing =
  | 'ok'
  /** Alive, and to be used only where nothing better is; now and then a request shows whether it has recovered. */
  | 'degraded'
  /** Its breaker is half-open: a few requests decide. */
  | 'trial'
  /** Its breaker is open: nothing goes there. */
  | 'barred'

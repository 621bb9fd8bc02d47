package dev.diver.kernels.remote;

import java.time.Duration;

/**
 * How long the client waits for a server.
 *
 * @param connect until a connection stands
 * @param stall without a byte read or written
 * @param retryPause before the first retry; doubles with each further one
 */
public record Timeouts(Duration connect, Duration stall, Duration retryPause) {

  /** Ten seconds to connect, thirty for a stall, a quarter of a second before the first retry. */
  public static final Timeouts DEFAULT =
      new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMillis(250));
}

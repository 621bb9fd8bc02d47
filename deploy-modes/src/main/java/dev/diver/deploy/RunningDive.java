package dev.diver.deploy;

import java.time.Duration;

/** A dive that was started. */
public interface RunningDive extends AutoCloseable {

  /** What it carries out; its name and folder may differ from the plan that was launched. */
  DivePlan plan();

  /**
   * Waits for the end and for all output to be delivered.
   *
   * @throws dev.diver.kernels.failure.DiverException where not the net but the machine failed
   */
  DiveReport await() throws InterruptedException;

  /** Ends it in order, by force after {@code grace}; returns at once, {@link #await} tells. */
  void stop(Duration grace);

  /** Ends it by force if it still runs and removes what an attached dive leaves; never fails. */
  @Override
  void close();
}

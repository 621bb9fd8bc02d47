package dev.diver.deploy.pipeline;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A process that the {@link Supervisor} has started. One thread tells what becomes of it. */
final class Supervised {

  /** Hears of a process, from the thread of the supervisor. */
  interface Ear {

    /**
     * A line that it wrote.
     *
     * @param printed whether to standard output, where that is told
     */
    void heard(String line, boolean printed);

    /** Its end, once: behind all lines but those of what it has left. */
    void ended();
  }

  /** Of those that were killed with their supervisor. */
  private static final int KILLED = 128 + 9;

  private final Runnable stop;
  private final Ear ear;
  private final LineBuffer said;
  private final LineBuffer printed;
  private final CompletableFuture<Long> pid = new CompletableFuture<>();
  private volatile boolean alive = true;
  private volatile int status;

  /**
   * One that is about to be started.
   *
   * @param stop asks it to end
   */
  Supervised(Runnable stop, Ear ear) {
    this.stop = stop;
    this.ear = ear;
    this.said = new LineBuffer(line -> ear.heard(line, false));
    this.printed = new LineBuffer(line -> ear.heard(line, true));
  }

  /** Its number, once it has started; 0 where it could not be, and has ended. */
  long pid() throws InterruptedException {
    try {
      return pid.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // nobody completes it so
    }
  }

  boolean isAlive() {
    return alive;
  }

  /** Its exit status, when it has ended; 128 + n where signal n ended it. */
  int status() {
    return status;
  }

  /** Asks it, and all of its process group, to end; kills them after their grace. */
  void stop() {
    stop.run();
  }

  void started(long number) {
    pid.complete(number);
  }

  void wrote(byte[] bytes, boolean toOutput) {
    (toOutput ? printed : said).add(bytes);
  }

  void ended(int with) {
    said.end();
    printed.end();
    status = with;
    alive = false;
    pid.complete(0L);
    ear.ended();
  }

  /** Its supervisor is gone, and it with that. */
  void lost() {
    if (alive) {
      ended(KILLED);
    }
  }
}

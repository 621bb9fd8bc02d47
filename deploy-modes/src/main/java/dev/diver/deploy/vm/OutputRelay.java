package dev.diver.deploy.vm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * Carries bytes from a pipe of the machine to a reader as they come, on a thread of its own. Holds
 * at most 64 KiB: a slow reader slows the machine down.
 */
public final class OutputRelay {

  private static final int BUFFER = 64 * 1024;

  /** Takes what was read. */
  public interface Sink {
    void write(byte[] buffer, int length) throws IOException;

    /** No more will come. */
    default void end() throws IOException {}

    /** Passes all on at once. */
    static Sink to(OutputStream out) {
      return (buffer, length) -> {
        out.write(buffer, 0, length);
        out.flush();
      };
    }
  }

  private final Thread thread;

  /**
   * Starts at once.
   *
   * @param readerGone called when the sink fails
   */
  public OutputRelay(String name, InputStream from, Sink sink, Runnable readerGone) {
    thread = Thread.ofPlatform().daemon().name(name).start(() -> relay(from, sink, readerGone));
  }

  /** Waits until all is delivered. */
  public void join() throws InterruptedException {
    thread.join();
  }

  /** Waits until all is delivered, at most this long. */
  public void join(Duration most) throws InterruptedException {
    thread.join(most);
  }

  private static void relay(InputStream from, Sink sink, Runnable readerGone) {
    byte[] buffer = new byte[BUFFER];
    while (true) {
      int length;
      try {
        length = from.read(buffer);
      } catch (IOException e) {
        length = -1; // the machine was killed while we read: this is the end
      }
      try {
        if (length < 0) {
          sink.end();
          return;
        }
        sink.write(buffer, length);
      } catch (IOException e) {
        readerGone.run();
        return;
      }
    }
  }
}

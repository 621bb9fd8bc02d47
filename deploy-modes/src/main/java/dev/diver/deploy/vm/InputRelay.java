package dev.diver.deploy.vm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;

/**
 * Carries what the app reads to the machine, on a thread of its own that nobody waits for: a read
 * from a terminal cannot be ended.
 */
public final class InputRelay {

  private static final int BUFFER = 64 * 1024;

  /** VEOF of a terminal line (termios(3)): ends the input where a line begins. */
  private static final int END_OF_TRANSMISSION = 4;

  /** How the app learns of the end of its input. */
  public enum End {
    /** The machine's input is closed. */
    CLOSE,
    /** The guest's terminal line is told; see termios(3), VEOF. */
    TRANSMISSION,
    /** Not at all: a bare serial line has no end. */
    NONE
  }

  private InputRelay() {}

  /**
   * Starts it. A serial line's input stays open: where it shares its channel with the output, QEMU
   * 7.2 loses output to a slow reader once the input is closed.
   *
   * @param ready what comes earlier would be lost
   */
  public static void start(InputStream in, OutputStream machine, CountDownLatch ready, End end) {
    Thread.ofPlatform().daemon().name("stdin").start(() -> run(in, machine, ready, end));
  }

  private static void run(InputStream in, OutputStream machine, CountDownLatch ready, End end) {
    try {
      ready.await();
      byte last = relay(in, machine);
      switch (end) {
        case CLOSE -> machine.close();
        case TRANSMISSION -> endTransmission(machine, last);
        case NONE -> {}
      }
    } catch (IOException | InterruptedException e) {
      // the machine has ended: nobody reads any more
    }
  }

  /** Returns the last byte, a line feed where there was none. */
  private static byte relay(InputStream in, OutputStream machine) throws IOException {
    byte[] buffer = new byte[BUFFER];
    byte last = '\n';
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      machine.write(buffer, 0, length);
      machine.flush();
      last = length > 0 ? buffer[length - 1] : last;
    }
    return last;
  }

  private static void endTransmission(OutputStream machine, byte last) throws IOException {
    if (last != '\n') {
      machine.write(END_OF_TRANSMISSION); // hands over the begun line
    }
    machine.write(END_OF_TRANSMISSION);
    machine.flush();
  }
}

package dev.diver.cli.output;

import dev.diver.kernels.failure.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The terminal as the console of a machine: each key goes to it at once, Ctrl-C too, and ctrl-]
 * leaves. A process beside this one restores the terminal when this one closes it or is gone, even
 * by {@code kill -9}.
 */
public final class TerminalConsole implements AutoCloseable {

  /** Ctrl-], as telnet and virsh have it. */
  private static final int ESCAPE = 0x1d;

  private static final long RESTORE_SECONDS = 5;

  /**
   * Its standard input ends with this process. As the terminal may be another's by then, Linux is
   * not to stop it for writing there (termios(3), SIGTTOU).
   */
  private static final String KEEPER =
      """
      trap '' HUP INT QUIT TERM TSTP TTOU
      saved=$(stty -g </dev/tty) && stty $1 </dev/tty || exit 1
      echo ready
      while read -r _; do :; done
      stty "$saved" </dev/tty
      """;

  /** As QEMU sets its own terminal for a serial line (chardev/char-stdio.c). */
  private static final String SERIAL_LINE =
      "-icanon -isig -iexten -echo -ixon -icrnl -inlcr -igncr -brkint -istrip cs8 min 1 time 0";

  /** What reads no line of a terminal has no echo of its own, and ends lines with line feeds. */
  private static final String STREAM = "-icanon -isig -iexten -ixon min 1 time 0";

  private final Process keeper;
  private final InputStream in;
  private volatile boolean left;

  private TerminalConsole(Process keeper, InputStream terminal, Runnable leave) {
    this.keeper = keeper;
    this.in = new Keys(terminal, leave);
  }

  /**
   * Takes the terminal; INVALID where standard input is none.
   *
   * @param serialLine whether the other side is a serial line, which echoes
   * @param leave called once, on the reading thread, when the user leaves
   */
  public static TerminalConsole attach(Shell shell, boolean serialLine, Runnable leave) {
    if (!shell.terminals().in()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "Standard input is no terminal, and --console attaches one.",
              "Leave --console out: what is sent to standard input reaches the app in any case.")
          .exception();
    }
    try {
      Process keeper =
          new ProcessBuilder(List.of("sh", "-c", KEEPER, "sh", serialLine ? SERIAL_LINE : STREAM))
              .redirectError(Redirect.DISCARD)
              .start();
      BufferedReader answer =
          new BufferedReader(
              new InputStreamReader(keeper.getInputStream(), StandardCharsets.UTF_8));
      if (!"ready".equals(answer.readLine())) {
        throw new IOException("stty could not set it");
      }
      return new TerminalConsole(keeper, shell.in(), leave);
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "Tried to attach the terminal but failed: " + e.getMessage() + ".",
              "Leave --console out, or try it in another terminal.")
          .exception(e);
    }
  }

  /** What is typed, until the user leaves. */
  public InputStream in() {
    return in;
  }

  /** Whether the user has left. */
  public boolean left() {
    return left;
  }

  /** Gives the terminal back as it was. */
  @Override
  public void close() {
    try {
      keeper.getOutputStream().close();
      keeper.waitFor(RESTORE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      // it has ended, and has restored the terminal by that
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Keys extends InputStream {

    private final InputStream terminal;
    private final Runnable leave;

    Keys(InputStream terminal, Runnable leave) {
      this.terminal = terminal;
      this.leave = leave;
    }

    @Override
    public int read() throws IOException {
      byte[] one = readNBytes(1);
      return one.length == 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = left ? -1 : terminal.read(buffer, offset, length);
      for (int i = 0; i < count; i++) {
        if (buffer[offset + i] == ESCAPE) {
          left = true;
          leave.run();
          return i == 0 ? -1 : i;
        }
      }
      return count;
    }
  }
}

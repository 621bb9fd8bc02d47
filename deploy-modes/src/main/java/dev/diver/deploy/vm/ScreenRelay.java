package dev.diver.deploy.vm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes a stream of what appears on a machine's screen: it looks there again and again, and once
 * more when the machine has ended, which waits for that with {@code -no-shutdown}. What appears and
 * is gone within {@link #PERIOD} is not seen, nor what comes just before a debug exit.
 */
final class ScreenRelay {

  /** What makes a machine stay until it is ended by {@link Control#end}. */
  static final String STAY = "-no-shutdown";

  private static final Duration PERIOD = Duration.ofMillis(50);
  private static final Duration QUIT_GRACE = Duration.ofSeconds(2);

  private final Control control;
  private final Process machine;
  private final Path scratch;
  private final OutputRelay.Sink sink;
  private final ScreenText text = new ScreenText();

  private ScreenRelay(Control control, Process machine, Path scratch, OutputRelay.Sink sink) {
    this.control = control;
    this.machine = machine;
    this.scratch = scratch;
    this.sink = sink;
  }

  /**
   * Starts to look.
   *
   * @param scratch a file that does not exist
   * @param readerGone called when the sink fails
   * @return the thread, which ends when all is delivered
   */
  static Thread start(
      Control control, Process machine, Path scratch, OutputRelay.Sink sink, Runnable readerGone) {
    ScreenRelay relay = new ScreenRelay(control, machine, scratch, sink);
    return Thread.ofPlatform().daemon().name("screen").start(() -> relay.run(readerGone));
  }

  private void run(Runnable readerGone) {
    try {
      boolean over = false;
      while (!over && machine.isAlive()) {
        over = control.awaitShutdown(PERIOD);
        say(text.news(rows()));
      }
      say(text.end());
      sink.end();
    } catch (IOException e) {
      readerGone.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      control.end(machine, QUIT_GRACE);
    }
  }

  private List<String> rows() {
    return control.screen(scratch).map(screen -> screen.ofKernel().rows()).orElse(List.of());
  }

  private void say(String news) throws IOException {
    if (!news.isEmpty()) {
      byte[] bytes = news.getBytes(StandardCharsets.UTF_8);
      sink.write(bytes, bytes.length);
    }
  }
}

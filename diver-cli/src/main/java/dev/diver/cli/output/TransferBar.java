package dev.diver.cli.output;

import dev.diver.kernels.remote.Progress;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * One bar for all parts of a transfer, on standard error and only on a terminal. It appears with
 * the first byte to come, so that a transfer of nothing shows nothing.
 */
public final class TransferBar implements Progress, AutoCloseable {

  private static final int REDRAW_MILLIS = 100;

  /** Transfers that begin with less than this, in bytes, are counted in KiB. */
  private static final long SMALL = 10L << 20;

  private final String title;
  private final Shell shell;
  private final AtomicLong total = new AtomicLong();
  private @Nullable ProgressBar bar;

  private TransferBar(String title, Shell shell) {
    this.title = title;
    this.shell = shell;
  }

  /** A bar with this title. */
  public static TransferBar of(String title, Shell shell) {
    return new TransferBar(title, shell);
  }

  @Override
  public void started(String part, long bytes) {
    if (shell.terminals().err()) {
      long expected = total.addAndGet(bytes);
      drawn().maxHint(expected);
    }
  }

  @Override
  public void advanced(String part, long bytes) {
    if (shell.terminals().err()) {
      drawn().stepBy(bytes);
    }
  }

  @Override
  public void finished(String part) {}

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
      shell.sayRaw("\r\u001b[K");
    }
  }

  private synchronized ProgressBar drawn() {
    if (bar == null) {
      boolean small = total.get() < SMALL;
      int width = shell.terminals().columns().orElse(80) - 1;
      bar =
          new ProgressBarBuilder()
              .setTaskName(title)
              .setStyle(ProgressBarStyle.ASCII)
              .setUnit(small ? " KiB" : " MiB", small ? 1L << 10 : 1L << 20)
              .setUpdateIntervalMillis(REDRAW_MILLIS)
              .setInitialMax(0)
              .showSpeed()
              .setConsumer(
                  new DelegatingProgressBarConsumer(line -> shell.sayRaw("\r" + line), width))
              .build();
    }
    return bar;
  }
}

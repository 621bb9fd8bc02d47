package dev.diver.deploy.vm;

import dev.diver.deploy.machine.Json;
import dev.diver.deploy.machine.Qmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What Diver tells a machine and hears from it, over QMP, connected beside the boot. */
final class Control implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration LAST_EVENTS = Duration.ofSeconds(2);

  /** How a machine begins to run. */
  enum Start {
    /** By itself. */
    FREE,
    /** When it can be heard, so that nothing of its end is missed. */
    HELD,
    /** When a debugger says so. */
    DEBUGGED
  }

  private final Path socket;
  private final Start start;
  private final Consumer<Qmp> reached;
  private final CompletableFuture<Qmp> connection = new CompletableFuture<>();
  private final CountDownLatch shutdown = new CountDownLatch(1);
  private volatile @Nullable String shutdownReason;
  private volatile boolean heard;
  private volatile @Nullable Thread connecting;
  private volatile boolean closed;

  /**
   * Not connected yet.
   *
   * @param reached is told once, on a thread of its own, when the machine answers
   */
  Control(Path socket, Start start, Consumer<Qmp> reached) {
    this.socket = socket;
    this.start = start;
    this.reached = reached;
  }

  /** Starts to connect; a machine that never answers is ended by force later. */
  void connect() {
    connecting = Thread.ofPlatform().daemon().name("qmp-connect").start(this::greet);
  }

  private void greet() {
    try {
      Qmp qmp = Qmp.connect(socket, DEADLINE, this::hear);
      heard = true;
      connection.complete(qmp);
      reached.accept(qmp);
      if (start == Start.HELD) {
        qmp.resume();
      }
    } catch (IOException | InterruptedException e) {
      connection.completeExceptionally(e);
    }
    if (closed) {
      close();
    }
  }

  /**
   * Whether the machine was ready to run: what it says later is not about its options, and a status
   * that QEMU ends with later need not be QEMU's.
   */
  boolean ready() {
    return heard;
  }

  /** Whether the machine can never begin to run, since it did not answer. */
  boolean lost() {
    return start == Start.HELD && connection.isCompletedExceptionally();
  }

  /** Ends the machine in order if it can be reached, and in any case after {@code grace}. */
  void end(Process machine, Duration grace) {
    try {
      Qmp qmp = reached();
      if (qmp != null) {
        qmp.quit();
      }
      if (qmp == null || !machine.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        machine.destroyForcibly();
      }
    } catch (IOException | InterruptedException e) {
      machine.destroyForcibly();
    }
  }

  /** QMP's reason for the first SHUTDOWN, as in {@code guest-reset}, where it was heard. */
  Optional<String> shutdownReason() {
    return Optional.ofNullable(shutdownReason);
  }

  /** Waits for SHUTDOWN, at most this long; whether it was heard. */
  boolean awaitShutdown(Duration most) throws InterruptedException {
    return shutdown.await(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The text on the machine's screen; empty where it has none or does not answer. */
  Optional<Screen> screen(Path scratch) {
    Qmp qmp = reached();
    if (qmp == null) {
      return Optional.empty();
    }
    try {
      qmp.saveMemory(Screen.ADDRESS, Screen.BYTES, scratch);
      return Optional.of(Screen.of(Files.readAllBytes(scratch)));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      scratch.toFile().delete();
    }
  }

  /** What QEMU says of the first core's registers; empty where it does not answer. */
  String registers() {
    Qmp qmp = reached();
    try {
      return qmp == null ? "" : qmp.monitor("info registers");
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** Waits for the last events of a machine that has ended. */
  void join() throws InterruptedException {
    Qmp qmp = reached();
    if (qmp != null) {
      qmp.joinEvents(LAST_EVENTS);
    }
  }

  @Override
  public void close() {
    closed = true;
    Qmp qmp = reached();
    Thread thread = connecting;
    if (qmp != null) {
      qmp.close();
    } else if (thread != null) {
      thread.interrupt(); // nobody will listen there any more
    }
  }

  private @Nullable Qmp reached() {
    return connection.isDone() && !connection.isCompletedExceptionally() ? connection.join() : null;
  }

  private void hear(Qmp.Event event) {
    if (event.name().equals("SHUTDOWN")) {
      if (shutdownReason == null) {
        shutdownReason = Json.text(event.data(), "reason").orElse(null);
      }
      shutdown.countDown();
    }
  }
}

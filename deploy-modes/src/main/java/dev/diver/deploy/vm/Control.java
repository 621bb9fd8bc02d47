package dev.diver.deploy.vm;

import dev.diver.deploy.machine.Json;
import dev.diver.deploy.machine.Qmp;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What Diver tells a machine and hears from it, over QMP, connected beside the boot. */
final class Control implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration LAST_EVENTS = Duration.ofMillis(200);

  private final Path socket;
  private final Consumer<Qmp> reached;
  private final CompletableFuture<Qmp> connection = new CompletableFuture<>();
  private volatile @Nullable String shutdownReason;
  private volatile boolean closed;

  /**
   * Not connected yet.
   *
   * @param reached is told once, on a thread of its own, when the machine answers
   */
  Control(Path socket, Consumer<Qmp> reached) {
    this.socket = socket;
    this.reached = reached;
  }

  /** Starts to connect; a machine that never answers is ended by force later. */
  void connect() {
    Thread.ofPlatform()
        .daemon()
        .name("qmp-connect")
        .start(
            () -> {
              try {
                Qmp qmp = Qmp.connect(socket, DEADLINE, this::hear);
                connection.complete(qmp);
                reached.accept(qmp);
              } catch (IOException | InterruptedException e) {
                connection.completeExceptionally(e);
              }
              if (closed) {
                close();
              }
            });
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

  /** QMP's reason for SHUTDOWN, as in {@code guest-reset}, where it was heard. */
  Optional<String> shutdownReason() {
    return Optional.ofNullable(shutdownReason);
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
    if (qmp != null) {
      qmp.close();
    }
  }

  private @Nullable Qmp reached() {
    return connection.isDone() && !connection.isCompletedExceptionally() ? connection.join() : null;
  }

  private void hear(Qmp.Event event) {
    if (event.name().equals("SHUTDOWN")) {
      shutdownReason = Json.text(event.data(), "reason").orElse(null);
    }
  }
}

package dev.diver.kernels.remote;

import dev.diver.kernels.failure.Failure;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Several transfers at a time. */
final class Parallel {

  private static final int MOST = 4;

  private Parallel() {}

  /** Does all of it; the first failure ends the others and is thrown once they have ended. */
  static <T> void each(List<T> items, Consumer<T> work) {
    try (ExecutorService workers =
        Executors.newFixedThreadPool(MOST, Thread.ofVirtual().factory())) {
      var done = new ExecutorCompletionService<Boolean>(workers);
      for (T item : items) {
        done.submit(() -> work.accept(item), true);
      }
      try {
        for (int i = 0; i < items.size(); i++) {
          done.take().get();
        }
      } catch (ExecutionException e) {
        workers.shutdownNow();
        throw e.getCause() instanceof RuntimeException failure
            ? failure
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        workers.shutdownNow();
        Thread.currentThread().interrupt();
        throw new Failure(
                Failure.Kind.INTERRUPTED, "The transfer was interrupted.", "Repeat the command.")
            .exception(e);
      }
    }
  }
}

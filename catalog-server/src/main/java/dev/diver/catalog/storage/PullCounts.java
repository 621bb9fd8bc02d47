package dev.diver.catalog.storage;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts pulls in memory and writes them now and then, so that no pull waits for the database. A
 * crash loses what was not yet written.
 */
public final class PullCounts implements AutoCloseable {

  private final Database database;
  private final ConcurrentHashMap<Long, Long> pending = new ConcurrentHashMap<>();

  public PullCounts(Database database) {
    this.database = database;
  }

  /** Counts one pull of this repository. */
  public void add(long repository) {
    pending.merge(repository, 1L, Long::sum);
  }

  /** Writes what was counted since the last time. */
  public void flush() {
    if (pending.isEmpty()) {
      return;
    }
    Map<Long, Long> counted = Map.copyOf(pending);
    database.write(
        session -> {
          for (var count : counted.entrySet()) {
            long repository = count.getKey();
            session.run(
                "UPDATE repository SET pulls = pulls + ? WHERE id = ?",
                count.getValue(),
                repository);
            session.run(
                "UPDATE kernel SET pulls = pulls + ? WHERE id = ?", count.getValue(), repository);
          }
          return counted.size();
        });
    counted.forEach(
        (repository, count) ->
            pending.computeIfPresent(
                repository, (id, now) -> now.equals(count) ? null : now - count));
  }

  @Override
  public void close() {
    flush();
  }
}

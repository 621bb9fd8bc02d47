package dev.diver.catalog.storage;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.Failure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.sqlite.SQLiteConfig;

/**
 * SQLite with one writer and a few readers that do not wait for it (write-ahead log). Commits are
 * not synced: what a loss of power takes away, the journal gives back.
 */
public final class Database implements AutoCloseable {

  private static final int VERSION = 2;
  private static final int READERS = 4;
  private static final int CACHE_KIB = 8 * 1024;
  private static final long MAPPED_BYTES = 1L << 30;

  /** Something done on a connection. */
  public interface Work<T> {
    T run(Session session) throws SQLException, IOException;
  }

  private final List<Connection> connections = new ArrayList<>();
  private final BlockingQueue<Session> readers = new ArrayBlockingQueue<>(READERS);
  private final ReentrantLock writing = new ReentrantLock();
  private final Connection writer;
  private final Session writerSession;

  private Database(Path file) throws SQLException, IOException {
    writer = connect(file, false);
    prepareSchema(file);
    writer.setAutoCommit(false);
    writerSession = new Session(writer);
    for (int i = 0; i < READERS; i++) {
      readers.add(new Session(connect(file, true)));
    }
  }

  /** Opens or makes the database; {@link Kind#CORRUPT} where the file is not one of ours. */
  public static Database open(DataDirectory directory) {
    Path file = directory.database();
    try {
      return new Database(file);
    } catch (SQLException | IOException e) {
      throw new Failure(
              Kind.CORRUPT,
              "The catalog's database " + file + " cannot be opened (" + e.getMessage() + ").",
              "Move it away; the next start makes it again, without the pull counts.")
          .exception(e);
    }
  }

  private Connection connect(Path file, boolean readOnly) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(readOnly);
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(10_000);
    config.setCacheSize(-CACHE_KIB);
    config.setPragma(SQLiteConfig.Pragma.MMAP_SIZE, String.valueOf(MAPPED_BYTES));
    config.setTempStore(SQLiteConfig.TempStore.MEMORY);
    Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    connections.add(connection);
    return connection;
  }

  private void prepareSchema(Path file) throws SQLException, IOException {
    Session session = new Session(writer);
    long version = session.number("PRAGMA user_version");
    if (version > VERSION) {
      throw new Failure(
              Kind.UNSUPPORTED,
              "The database " + file + " was made by a newer catalog server.",
              "Run that version, or move the file away; it is then made again from the journal.")
          .exception();
    }
    if (version < VERSION) {
      try (Statement statement = writer.createStatement()) {
        statement.executeUpdate(
            "BEGIN;" + drop(session) + schema() + "PRAGMA user_version=" + VERSION + ";COMMIT");
      }
    }
  }

  /** What an older version made and the journal makes again; pull counts stay. */
  private static String drop(Session session) throws SQLException {
    return session
        .rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'repository'"
                + " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'kernel_text_%'",
            row -> "DROP TABLE " + row.getString(1) + ";")
        .stream()
        .collect(Collectors.joining());
  }

  private static String schema() throws IOException {
    try (InputStream in = Database.class.getResourceAsStream("schema.sql")) {
      if (in == null) {
        throw new IOException("schema.sql is missing from the program");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Reads; sees all that was written before. */
  public <T> T read(Work<T> work) {
    Session session = takeReader();
    try {
      return work.run(session);
    } catch (SQLException | IOException e) {
      throw failed(e);
    } finally {
      readers.add(session);
    }
  }

  /** Writes all of it or, where it throws, nothing. One at a time. */
  public <T> T write(Work<T> work) {
    writing.lock();
    try {
      T result = work.run(writerSession);
      writer.commit();
      return result;
    } catch (SQLException | IOException e) {
      throw failed(e);
    } finally {
      rollback();
      writing.unlock();
    }
  }

  /** Nothing to take back after a commit. */
  private void rollback() {
    try {
      writer.rollback();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private Session takeReader() {
    try {
      return readers.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Kind.INTERRUPTED, "The catalog was stopped.", "Start it again to go on.")
          .exception(e);
    }
  }

  private static RuntimeException failed(Exception e) {
    return new Failure(
            Kind.FAILED,
            "The catalog's database failed (" + e.getMessage() + ").",
            "Look for space and permissions in the data folder.")
        .exception(e);
  }

  @Override
  public void close() {
    writing.lock();
    try {
      for (Connection connection : connections.reversed()) {
        connection.close();
      }
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      writing.unlock();
    }
  }
}

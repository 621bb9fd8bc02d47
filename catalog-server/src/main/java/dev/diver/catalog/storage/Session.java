package dev.diver.catalog.storage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One connection, with statements that take their arguments in order. For one thread at a time. */
public final class Session {

  /** Makes a value of the row that the result set stands on. */
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  Session(Connection connection) {
    this.connection = connection;
  }

  /** All rows of a query. */
  public <T> List<T> rows(String sql, Row<T> row, Object... arguments) throws SQLException {
    try (ResultSet results = prepared(sql, arguments).executeQuery()) {
      List<T> rows = new ArrayList<>();
      while (results.next()) {
        rows.add(row.read(results));
      }
      return rows;
    }
  }

  /** The first row of a query. */
  public <T> Optional<T> first(String sql, Row<T> row, Object... arguments) throws SQLException {
    return rows(sql, row, arguments).stream().findFirst();
  }

  /** The number that a query gives in its first column; 0 where it gives no row. */
  public long number(String sql, Object... arguments) throws SQLException {
    return first(sql, row -> row.getLong(1), arguments).orElse(0L);
  }

  /** Carries out a statement; tells how many rows it changed. */
  public int run(String sql, Object... arguments) throws SQLException {
    return prepared(sql, arguments).executeUpdate();
  }

  /** Statements stay prepared; there are not many different ones. */
  private PreparedStatement prepared(String sql, Object... arguments) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    for (int i = 0; i < arguments.length; i++) {
      // Absent is NULL, so that callers need no null of their own.
      Object argument = arguments[i] instanceof Optional<?> o ? o.orElse(null) : arguments[i];
      statement.setObject(i + 1, argument);
    }
    return statement;
  }
}

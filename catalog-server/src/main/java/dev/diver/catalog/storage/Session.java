package dev.diver.catalog.storage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One connection, with statements that take their arguments in order. */
public final class Session {

  /** Makes a value of the row that the result set stands on. */
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  private final Connection connection;

  Session(Connection connection) {
    this.connection = connection;
  }

  /** All rows of a query. */
  public <T> List<T> rows(String sql, Row<T> row, Object... arguments) throws SQLException {
    try (PreparedStatement statement = prepare(sql, arguments);
        ResultSet results = statement.executeQuery()) {
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
    try (PreparedStatement statement = prepare(sql, arguments)) {
      return statement.executeUpdate();
    }
  }

  private PreparedStatement prepare(String sql, Object... arguments) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      for (int i = 0; i < arguments.length; i++) {
        // Absent is NULL, so that callers need no null of their own.
        Object argument = arguments[i] instanceof Optional<?> o ? o.orElse(null) : arguments[i];
        statement.setObject(i + 1, argument);
      }
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }
}

package dev.diver.catalog.search;

import dev.diver.catalog.storage.ErrorCode;
import dev.diver.catalog.storage.RefusedException;
import dev.diver.catalog.storage.Session;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.remote.SearchFilter;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.syscall.SyscallTable;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which values can be asked for: those that Diver knows and those that some kernel has, which may
 * be of a newer Diver. A mistyped one would find nothing, and nobody would know why.
 */
final class FilterValues {

  /** More than these are no help in an error message. */
  private static final int LISTED = 40;

  private FilterValues() {}

  /** Remembers that a kernel has this value. */
  static void learn(Session session, SearchFilter filter, String value) throws SQLException {
    if (isClosed(filter)) {
      session.run(
          "INSERT OR IGNORE INTO filter_value VALUES (?, ?)",
          filter.parameter(),
          value.toLowerCase(Locale.ROOT));
    }
  }

  /** Refuses values that nobody knows, with those that there are. */
  static void check(Session session, Map<SearchFilter, List<String>> filters) throws SQLException {
    for (var filter : filters.entrySet()) {
      if (isClosed(filter.getKey())) {
        for (String value : filter.getValue()) {
          check(session, filter.getKey(), value.toLowerCase(Locale.ROOT));
        }
      }
    }
  }

  /** Tags are anybody's words, and an architecture that no kernel is for is one all the same. */
  private static boolean isClosed(SearchFilter filter) {
    return filter != SearchFilter.TAG && filter != SearchFilter.ARCH;
  }

  private static void check(Session session, SearchFilter filter, String value)
      throws SQLException {
    Collection<String> known = known(filter);
    if (known.contains(value)
        || session.number(
                "SELECT count(*) FROM filter_value WHERE filter = ? AND value = ?",
                filter.parameter(),
                value)
            > 0) {
      return;
    }
    TreeSet<String> all = new TreeSet<>(known);
    all.addAll(
        session.rows(
            "SELECT value FROM filter_value WHERE filter = ?",
            row -> row.getString(1),
            filter.parameter()));
    throw new RefusedException(ErrorCode.QUERY_INVALID, absent(filter, value), others(all, value));
  }

  private static Collection<String> known(SearchFilter filter) {
    return switch (filter) {
      case BOOT -> words(KernelSpec.Protocol.values());
      case ABI -> words(KernelSpec.Abi.values());
      case MODE -> ModeName.ALL;
      case HANDLES -> SyscallTable.names();
      case LANGUAGE, HYPERVISOR, TAG, ARCH -> List.of();
    };
  }

  private static List<String> words(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::toString).toList();
  }

  private static String absent(SearchFilter filter, String value) {
    String quoted = "\"" + value + "\".";
    return switch (filter) {
      case BOOT -> "There is no boot protocol " + quoted;
      case ABI -> "There is no ABI " + quoted;
      case MODE -> "There is no mode " + quoted;
      case HANDLES -> "Linux has no system call " + quoted;
      case LANGUAGE -> "No kernel here says that it is for apps in " + quoted;
      case HYPERVISOR -> "No kernel here says that it runs on " + quoted;
      case TAG, ARCH -> "There is no " + filter.parameter() + " " + quoted;
    };
  }

  private static String others(Collection<String> all, String value) {
    if (all.isEmpty()) {
      return "Leave it out: no kernel here says anything of the kind.";
    }
    String suggestion = RecordBinder.suggestion(value, all);
    boolean near = suggestion.startsWith("Did");
    if (all.size() > LISTED) {
      return near ? suggestion : "Write it as strace prints it, as in futex.";
    }
    return near ? suggestion + " There are: " + String.join(", ", all) + "." : suggestion;
  }
}

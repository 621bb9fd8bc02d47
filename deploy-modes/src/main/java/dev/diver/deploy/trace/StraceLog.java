package dev.diver.deploy.trace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code strace -T} writes, a line for each call, with or without {@code -f} and time stamps
 * ({@code -t}, {@code -tt}, {@code -ttt}, {@code -r}). Reads a line's start and its end and never
 * what lies between, so that it is fast and no argument can mislead it.
 *
 * <p>A call that was interrupted by another thread's line counts where it is resumed, since that
 * line has its time. One that never ends in the log (the last of a killed process, {@code
 * exit_group}) counts with a time of 0.
 */
final class StraceLog {

  private static final byte[] RESUMED = ascii("<... ");
  private static final byte[] UNFINISHED = ascii("<unfinished ...>");
  private static final byte[] NO_RESULT = ascii("= ?");
  private static final byte[] NOTICE = ascii("strace: ");
  private static final byte[] PID = ascii("[pid ");

  private static final long SECOND = 1_000_000_000;
  private static final long DAY = 86_400 * SECOND;

  /** Since 1970: some 158 years. */
  private static final long MOST_SECONDS = 5_000_000_000L;

  /** No call of a log takes longer: a year. */
  private static final long MOST_NANOS = 365 * DAY;

  /** A log has a few hundred names; more are an attack on memory. */
  private static final int MOST_NAMES = 1024;

  private static final int MOST_THREADS = 500_000;

  /** A line without a thread's number is of the only thread that there is. */
  private static final long UNNAMED = -1;

  /** A thread's time: from its first line to its end. */
  private static final class Life {
    private final long first;
    private long last;
    private boolean ended;

    Life(long first) {
      this.first = first;
      this.last = first;
    }
  }

  private final Lines lines;
  private final Tally tally = new Tally();
  private final Names names = new Names();
  private final Map<Long, Life> lives = new HashMap<>();
  private final Set<Long> attached = new HashSet<>();
  private long skipped;
  private @Nullable String firstSkipped;

  private boolean stamped;
  private long clock;
  private long begin;
  private long end;

  /** Where parsing of the line stands. */
  private byte[] line = {};

  private int at;
  private int stop;

  StraceLog(Lines lines) {
    this.lines = lines;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads the whole log; the current line of {@code lines} is its first. */
  void read() throws IOException {
    do {
      line = lines.bytes();
      at = lines.start();
      stop = lines.end();
      if (at < stop && !readLine()) {
        skip();
      }
    } while (lines.next());
  }

  private void skip() {
    skipped++;
    if (firstSkipped == null) {
      firstSkipped = "line " + lines.number() + ": " + lines.text();
    }
  }

  boolean isEmpty() {
    return tally.isEmpty();
  }

  /** From the first time stamp to the last; empty where the log has none. */
  Optional<Duration> wall() {
    return stamped ? Optional.of(Duration.ofNanos(end - begin)) : Optional.empty();
  }

  Tally tally() {
    return tally;
  }

  int threads() {
    return lives.size();
  }

  /** Of all threads; only with time stamps. */
  Duration lifetime() {
    return Duration.ofNanos(
        lives.values().stream()
            .mapToLong(life -> life.last - life.first)
            .reduce(0, Math::addExact));
  }

  long skipped() {
    return skipped;
  }

  Optional<String> firstSkipped() {
    return Optional.ofNullable(firstSkipped);
  }

  /** False for a line that is none of strace's. */
  private boolean readLine() {
    if (startsWith(NOTICE)) {
      readNotice();
      return true;
    }
    long thread = readThread();
    readStamp();
    if (at == stop) {
      return false;
    }
    return switch (line[at]) {
      case '+' -> isMark((byte) '+') && end(thread);
      case '-' -> isMark((byte) '-') && live(thread, 0);
      case '<' -> startsWith(RESUMED) && readCall(thread, at + RESUMED.length, (byte) ' ');
      default -> readCall(thread, at, (byte) '(');
    };
  }

  /** Signals are between ---, ends between +++. */
  private boolean isMark(byte sign) {
    return stop - at >= 8 && line[at + 1] == sign && line[at + 2] == sign && line[stop - 1] == sign;
  }

  /** {@code strace: Process 1234 attached}, before that thread's first line. */
  private void readNotice() {
    int digits = at + NOTICE.length;
    long number = 0;
    while (digits < stop && !isDigit(line[digits])) {
      digits++;
    }
    while (digits < stop && isDigit(line[digits]) && number < Integer.MAX_VALUE) {
      number = number * 10 + line[digits++] - '0';
    }
    if (attached.size() < MOST_THREADS) {
      attached.add(number);
    }
  }

  private boolean live(long thread, long nanos) {
    Life life = lifeOf(thread);
    if (life == null) {
      return false;
    }
    life.last = Math.max(life.last, clock + nanos);
    end = Math.max(end, life.last);
    return true;
  }

  private boolean end(long thread) {
    boolean known = live(thread, 0);
    if (known) {
      Objects.requireNonNull(lifeOf(thread)).ended = true;
    }
    return known;
  }

  /** On a terminal the first thread has no number until there is a second one. */
  private @Nullable Life lifeOf(long thread) {
    Life life = lives.get(thread);
    if (life != null) {
      return life;
    }
    if (thread == UNNAMED && !lives.isEmpty()) {
      return onlyOne();
    }
    Life first = attached.contains(thread) ? null : lives.remove(UNNAMED);
    if (first == null && lives.size() == MOST_THREADS) {
      return null;
    }
    life = first == null ? new Life(clock) : first;
    lives.put(thread, life);
    return life;
  }

  private @Nullable Life onlyOne() {
    List<Life> living = lives.values().stream().filter(life -> !life.ended).limit(2).toList();
    return living.size() == 1 ? living.getFirst() : null;
  }

  /** {@code 1234 } in a file, {@code [pid 1234] } on a terminal. */
  private long readThread() {
    boolean bracket = startsWith(PID);
    int digits = bracket ? at + PID.length : at;
    while (digits < stop && line[digits] == ' ') {
      digits++;
    }
    int after = digits;
    long number = 0;
    while (after < stop && isDigit(line[after]) && after - digits < 10) {
      number = number * 10 + line[after++] - '0';
    }
    byte closing = (byte) (bracket ? ']' : ' ');
    if (after == digits || after == stop || line[after] != closing) {
      return UNNAMED;
    }
    at = bracket ? after + 1 : after;
    skipSpaces();
    return number;
  }

  private void skipSpaces() {
    while (at < stop && line[at] == ' ') {
      at++;
    }
  }

  /** {@code 12:00:01}, {@code 12:00:01.123456}, {@code 1795258739.036354}, or {@code 0.000012}. */
  private void readStamp() {
    skipSpaces();
    if (at == stop || !isDigit(line[at])) {
      return;
    }
    long whole = 0;
    long nanos = 0;
    long scale = 0;
    int colons = 0;
    long field = 0;
    int i = at;
    for (; i < stop && line[i] != ' '; i++) {
      if (isDigit(line[i])) {
        if (scale > 0) {
          scale /= 10;
          nanos += scale * (line[i] - '0');
        } else {
          field = Math.min(field * 10 + line[i] - '0', MOST_SECONDS);
        }
      } else if (line[i] == ':' && scale == 0) {
        whole = (whole + field) * 60;
        field = 0;
        colons++;
      } else if (line[i] == '.' && scale == 0) {
        scale = SECOND;
      } else {
        return;
      }
    }
    boolean ofDay = colons == 2 && whole + field < DAY / SECOND;
    if (i == stop || (!ofDay && (colons != 0 || scale == 0))) {
      return;
    }
    at = i;
    skipSpaces();
    stamp((whole + field) * SECOND + nanos, ofDay);
  }

  /**
   * Small values are what has passed since the line before (-r); times of the day pass midnight.
   */
  private void stamp(long value, boolean ofDay) {
    long now = value;
    if (!ofDay && value < DAY) {
      now = Math.addExact(clock, value);
    } else if (ofDay && stamped) {
      now = value + clock / DAY * DAY;
      if (now < clock - DAY / 2) {
        now += DAY;
      }
    }
    if (!stamped) {
      begin = now;
      end = now;
      stamped = true;
    }
    clock = now;
  }

  private boolean readCall(long thread, int from, byte after) {
    int i = from;
    while (i < stop && isName(line[i])) {
      i++;
    }
    if (i == from || i == stop || line[i] != after || i - from > Names.LONGEST) {
      return false;
    }
    if (endsWith(UNFINISHED)) {
      return live(thread, 0);
    }
    long nanos = duration();
    if (nanos < 0 && !endsWith(NO_RESULT)) {
      return false;
    }
    String name = names.of(line, from, i);
    if (name == null) {
      return false;
    }
    tally.add(name, Math.max(0, nanos));
    return live(thread, after == '(' ? Math.max(0, nanos) : 0);
  }

  /** {@code <0.000123>} at the end of the line; negative where there is none. */
  private long duration() {
    int i = stop - 1;
    if (i < at || line[i] != '>') {
      return -1;
    }
    int close = i;
    while (i > at && line[i] != '<') {
      i--;
    }
    if (i == at || line[i - 1] != ' ') {
      return -1;
    }
    long nanos = 0;
    int decimals = -1;
    for (int digit = i + 1; digit < close; digit++) {
      if (line[digit] == '.' && decimals < 0) {
        decimals = 0;
      } else if (isDigit(line[digit]) && decimals < 9 && nanos <= MOST_NANOS) {
        nanos = nanos * 10 + line[digit] - '0';
        decimals += decimals < 0 ? 0 : 1;
      } else {
        return -1;
      }
    }
    for (int digit = decimals; digit < 9 && nanos <= MOST_NANOS; digit++) {
      nanos *= 10;
    }
    return decimals < 0 || nanos > MOST_NANOS ? -1 : nanos;
  }

  private boolean startsWith(byte[] text) {
    return matches(at, text);
  }

  private boolean endsWith(byte[] text) {
    return matches(stop - text.length, text);
  }

  private boolean matches(int from, byte[] text) {
    if (from < at || from + text.length > stop) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (line[from + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isName(byte b) {
    return (b >= 'a' && b <= 'z') || b == '_' || isDigit(b) || (b >= 'A' && b <= 'Z');
  }

  /** Names that have been seen, found by their bytes, so that no line makes a new String. */
  private static final class Names {
    private static final int LONGEST = 64;

    private final String[] table = new String[2 * MOST_NAMES];
    private int count;

    @Nullable String of(byte[] bytes, int from, int to) {
      int hash = 0;
      for (int i = from; i < to; i++) {
        hash = hash * 31 + bytes[i];
      }
      int slot = (hash ^ hash >>> 16) & table.length - 1;
      while (table[slot] != null && !same(table[slot], bytes, from, to)) {
        slot = slot + 1 & table.length - 1;
      }
      if (table[slot] == null) {
        if (count == MOST_NAMES) {
          return null;
        }
        count++;
        table[slot] = new String(bytes, from, to - from, StandardCharsets.US_ASCII);
      }
      return table[slot];
    }

    private static boolean same(String name, byte[] bytes, int from, int to) {
      if (name.length() != to - from) {
        return false;
      }
      for (int i = from; i < to; i++) {
        if (name.charAt(i - from) != bytes[i]) {
          return false;
        }
      }
      return true;
    }
  }
}

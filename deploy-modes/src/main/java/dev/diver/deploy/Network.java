package dev.diver.deploy;

import dev.diver.kernels.failure.Failure;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a machine's network card is connected to. */
public sealed interface Network {

  /** Nothing: there is no card. */
  record None() implements Network {}

  /**
   * A network of the machine's own, which reaches this host's by address translation and is reached
   * at the published ports alone.
   */
  record User(List<Forward> published) implements Network {
    public User {
      published = List.copyOf(published);
    }
  }

  /** A tap interface of this host, which somebody has set up. */
  record Tap(String name) implements Network {}

  /**
   * A port of the host that leads into the machine.
   *
   * @param address of the host, IPv4
   * @param host the host's port
   * @param guest the machine's port
   * @param udp whether it is UDP's, not TCP's
   */
  record Forward(String address, int host, int guest, boolean udp) {

    private static final Pattern FORM =
        Pattern.compile("(?:([0-9]{1,3}(?:\\.[0-9]{1,3}){3}):)?([0-9]+):([0-9]+)(/tcp|/udp)?");

    private static final String LOOPBACK = "127.0.0.1";

    /** Reads {@code [ADDRESS:]HOST:GUEST[/udp]}; INVALID where it is something else. */
    public static Forward parse(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw invalid(text, "is not a port to publish");
      }
      String address = Optional.ofNullable(form.group(1)).orElse(LOOPBACK);
      for (String number : address.split("\\.", -1)) {
        if (Integer.parseInt(number) > 255) {
          throw invalid(text, "has no address of IPv4");
        }
      }
      return new Forward(
          address,
          port(text, form.group(2)),
          port(text, form.group(3)),
          "/udp".equals(form.group(4)));
    }

    private static int port(String text, String digits) {
      int port = digits.length() > 5 ? 0 : Integer.parseInt(digits);
      if (port < 1 || port > 65535) {
        throw invalid(text, "has " + digits + " for a port");
      }
      return port;
    }

    private static RuntimeException invalid(String text, String why) {
      return new Failure(
              Failure.Kind.INVALID,
              "\"" + text + "\" " + why + ".",
              "Write it as [ADDRESS:]HOST:GUEST[/udp] with ports from 1 to 65535, as in 8080:80.")
          .exception();
    }
  }

  /** A name of Linux's for a network interface (net/core/dev.c, dev_valid_name), kept plain. */
  Pattern INTERFACE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}");

  /**
   * Reads {@code none}, {@code user} or {@code tap=NAME}; INVALID where it is none of these, or
   * where ports are published on another than {@code user}.
   *
   * @param text empty for {@code user} where a port is published, else {@code none}
   * @param published as {@link Forward#parse} reads them
   */
  static Network parse(Optional<String> text, List<String> published) {
    List<Forward> forwards = published.stream().map(Forward::parse).toList();
    String kind = text.orElse(forwards.isEmpty() ? "none" : "user");
    if (kind.equals("user")) {
      return new User(forwards);
    }
    boolean tap =
        kind.startsWith("tap=") && INTERFACE.matcher(kind.substring("tap=".length())).matches();
    if (!tap && !kind.equals("none")) {
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + kind + "\" is not a network for a machine.",
              "Use one of: none, user, tap=NAME.")
          .exception();
    }
    if (!forwards.isEmpty()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "Ports are published, and the network " + kind + " has no place for that.",
              tap
                  ? "The machine has an address of its own there; leave out --publish."
                  : "Use --net user, or leave out --publish.")
          .exception();
    }
    return tap ? new Tap(kind.substring("tap=".length())) : new None();
  }
}

package dev.diver.deploy.delegation;

import dev.diver.deploy.speedup.Forwarding;
import dev.diver.deploy.speedup.Order;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A multi-OS system of somebody else, as the speedup model sees it: what was published of it.
 *
 * @param name its name
 * @param roundTripNanos 2·f_c: the least of its published round trips, as Tauro, Liu and Hale take
 *     it (section 5.3)
 * @param forwarding which calls it forwards
 * @param source where that is known from
 */
public record PublishedSystem(
    String name, double roundTripNanos, Forwarding forwarding, String source) {

  /** All that are known. */
  public static List<PublishedSystem> all() {
    List<PublishedRoundTrip> published = PublishedRoundTrip.all();
    return published.stream()
        .map(PublishedRoundTrip::system)
        .distinct()
        .map(
            system ->
                of(
                    system,
                    published.stream()
                        .filter(one -> one.system().equals(system))
                        .mapToDouble(PublishedRoundTrip::nanos)
                        .min()
                        .orElseThrow()))
        .toList();
  }

  private static PublishedSystem of(String name, double roundTripNanos) {
    return switch (name) {
      case "McKernel" ->
          new PublishedSystem(
              name,
              roundTripNanos,
              new Forwarding.AllBut(handledByMcKernel()),
              "its syscall_list.h");
      case "mOS" ->
          new PublishedSystem(
              name,
              roundTripNanos,
              new Forwarding.Share(new Order.LeastFrequent(), 0.9),
              "90 %, the least frequent: Tauro, Liu and Hale, section 3.2");
      default ->
          new PublishedSystem(
              name,
              roundTripNanos,
              new Forwarding.AllBut(Set.of()),
              "its list is not published: all");
    };
  }

  /** The list is McKernel's own (syscall_list.h): a kernel, a name, a number, and who serves it. */
  private static Set<String> handledByMcKernel() {
    try (InputStream in =
            PublishedSystem.class.getResourceAsStream("published-syscall-handling.csv");
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .skip(1)
          .map(line -> line.split(",", -1))
          .filter(fields -> fields[0].equals("mckernel") && fields[3].equals("handled"))
          .map(fields -> fields[1])
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

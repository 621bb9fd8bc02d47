package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.cli.output.Table;
import dev.diver.deploy.delegation.Calibration;
import dev.diver.deploy.delegation.DelegationProfile;
import dev.diver.deploy.delegation.DelegationProfile.CallCost;
import dev.diver.deploy.delegation.DelegationProfile.Kernel;
import dev.diver.deploy.delegation.DelegationProfile.Machine;
import dev.diver.deploy.delegation.DelegationProfile.Payload;
import dev.diver.deploy.delegation.PublishedRoundTrip;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A delegation profile as people read it, next to what others have published. */
final class ProfileSummary {

  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  private ProfileSummary() {}

  /** Prints it to standard output. */
  static void print(DelegationProfile profile, Shell shell) {
    shell.println(
        Style.BOLD.of(Plain.line(profile.mode()), shell.colorOut())
            + ": one round trip (2·f_c) is "
            + micros(profile.roundTripNanos())
            + " µs");
    shell.println("");
    shell.print(table(profile, PublishedRoundTrip.all()));
    shell.println("");
    note(shell, "unit", "µs; round trips are without the service, which Linux needs by itself");
    profile.payloads().forEach(payload -> note(shell, "payload", words(payload)));
    profile
        .pingPong()
        .ifPresent(
            nanos -> note(shell, "cores", "a cache line goes there and back in " + micros(nanos)));
    note(shell, "machine", words(profile.machine()));
    note(shell, "measured", MINUTE.format(profile.when().atZone(ZoneId.systemDefault())));
  }

  private static Table table(DelegationProfile profile, List<PublishedRoundTrip> published) {
    Table table =
        new Table()
            .text("CALL")
            .number("TRIALS")
            .number("MINIMUM")
            .number("MEDIAN")
            .number("P99")
            .number("SERVICE")
            .number("LOCAL");
    List<String> systems = published.stream().map(PublishedRoundTrip::system).distinct().toList();
    systems.forEach(table::number);
    for (CallCost call : profile.calls()) {
      List<String> cells = new ArrayList<>();
      cells.add(call.name().replace('_', ' '));
      cells.add(Integer.toString(call.trials()));
      cells.add(micros(call.roundTrip().minimum()));
      cells.add(micros(call.roundTrip().median()));
      cells.add(micros(call.roundTrip().p99()));
      cells.add(micros(call.service()));
      cells.add(micros(call.local()));
      systems.forEach(system -> cells.add(micros(published(published, system, call.name()))));
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  private static OptionalDouble published(
      List<PublishedRoundTrip> all, String system, String call) {
    return all.stream()
        .filter(one -> one.system().equals(system) && one.call().equals(call))
        .mapToDouble(PublishedRoundTrip::nanos)
        .findFirst();
  }

  private static String words(Payload payload) {
    return String.format(
        Locale.ROOT,
        "%s: %+.4f ns a round trip for each byte, from 0 to %s",
        payload.call(),
        payload.roundTrip().slope(),
        Quantity.bytes(
            payload.points().stream().mapToLong(DelegationProfile.Point::bytes).max().orElse(0)));
  }

  private static String words(Machine machine) {
    return machine.processors()
        + " × "
        + machine.processor()
        + (machine.qemu().equals(Calibration.NONE)
            ? "; "
            : ", QEMU " + machine.qemu() + " with " + machine.accelerator() + "; ")
        + words(machine.kernel())
        + machine.gpos().map(gpos -> " beside " + words(gpos)).orElse("");
  }

  private static String words(Kernel kernel) {
    String digest = kernel.digest();
    return kernel.reference() + " (" + digest.substring(0, Math.min(digest.length(), 19)) + ")";
  }

  private static void note(Shell shell, String label, String value) {
    shell.println(
        Style.DIM.of(String.format("%-10s", label), shell.colorOut()) + Plain.line(value));
  }

  private static String micros(OptionalDouble nanos) {
    return nanos.isPresent() ? micros(nanos.getAsDouble()) : "-";
  }

  private static String micros(double nanos) {
    return String.format(Locale.ROOT, "%.2f", nanos / 1000);
  }
}

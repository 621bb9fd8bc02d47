package dev.diver.deploy.importing;

import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.deploy.importing.Sighting.End;
import dev.diver.deploy.importing.Sighting.Source;
import dev.diver.kernels.spec.KernelSpec.Boot;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.EndMeaning;
import dev.diver.kernels.spec.KernelSpec.ModeNeeds;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What boots teach about a kernel.
 *
 * @param boots one for each machine that it was tried on, the likeliest first
 * @param like the name of the kernel whose conventions stand, where there is one
 * @param urged a boot with {@link Specs#URGING}, where it printed nothing without
 */
record Lesson(List<Sighting> boots, Optional<String> like, Optional<Sighting> urged) {

  private static final String SILENT =
      "nothing was printed on any console. Kernels are silent where they want a word on their"
          + " command line (as in console=ttyS0), a device, a module, more memory, or another"
          + " machine";

  /** The boot that went best; of equals, the one on the likelier machine. */
  Sighting best() {
    return urged
        .filter(Sighting::spoke)
        .or(() -> boots.stream().reduce((one, next) -> next.rank() > one.rank() ? next : one))
        .orElseThrow();
  }

  /** The draft with what was seen. */
  Draft applied(Draft draft) {
    Sighting best = best();
    draft = machine(draft, best);
    if (urged.filter(Sighting::spoke).isPresent()) {
      draft =
          draft
              .with(Specs.urged(draft.spec().boot()))
              .insteadBecause(
                  "boot.command-line",
                  Basis.SEEN,
                  "it prints nothing without (some of) these words: " + Specs.URGING);
    }
    if (urged.filter(boot -> !boot.spoke()).isPresent()) {
      draft =
          draft.because(
              "boot.command-line",
              Basis.SEEN,
              "with these words it printed nothing either: " + Specs.URGING);
    }
    draft = console(draft, best);
    draft = end(draft, best);
    return features(draft);
  }

  private Draft machine(Draft draft, Sighting best) {
    String field = "modes.full-vm.machine";
    ModeNeeds needs = draft.needs();
    draft = draft.with(Specs.with(needs, best.machine(), needs.cpuFeatures()));
    for (Sighting boot : boots) {
      draft = draft.because(field, Basis.SEEN, boot.summary());
    }
    return draft;
  }

  private Draft console(Draft draft, Sighting best) {
    String field = "boot.console";
    if (!best.spoke()) {
      return hint(draft).because(field, Basis.SEEN, SILENT);
    }
    for (Source source : Source.values()) {
      String text = best.texts().getOrDefault(source, "");
      if (!text.isBlank()) {
        draft =
            draft.because(
                field,
                Basis.SEEN,
                "it prints on " + source.words() + ": " + Sighting.firstLine(text));
      }
    }
    Optional<Console> console = heard(best);
    if (like.isPresent() || console.isEmpty()) {
      return draft;
    }
    Boot boot = draft.spec().boot();
    return withoutAssumption(draft, field).with(Specs.with(boot, boot.app(), console.get()));
  }

  /** Where its words are the easiest to have. */
  private static Optional<Console> heard(Sighting boot) {
    if (boot.texts().containsKey(Source.SERIAL)) {
      return Optional.of(Console.SERIAL);
    }
    if (boot.texts().containsKey(Source.DEBUGCON)) {
      return Optional.of(Console.DEBUGCON);
    }
    return boot.texts().containsKey(Source.SCREEN) ? Optional.of(Console.VGA) : Optional.empty();
  }

  private Draft hint(Draft draft) {
    return like.isPresent()
        ? draft
        : draft.because(
            "boot.hints",
            Basis.UNKNOWN,
            "why it may be silent, for those who dive it\nhints = [\"It wants console=ttyS0.\"]");
  }

  private Draft end(Draft draft, Sighting best) {
    String field = "exit.convention";
    draft = draft.because(field, Basis.SEEN, "on " + best.type() + " it " + best.end().summary());
    if (like.isPresent()) {
      return draft;
    }
    return switch (best.end()) {
      case End.DebugExit(int value, int port) ->
          withoutAssumption(draft, field)
              .with(Specs.debugExit(port, EndMeaning.PANIC))
              .because(
                  "exit.debug-exit.port",
                  Basis.SEEN,
                  "0x%x, to which it wrote %d".formatted(port, value))
              .because(
                  "exit.debug-exit.success",
                  Basis.UNKNOWN,
                  "without values here the one that it writes is the status; if "
                      + value
                      + " means success, write ["
                      + value
                      + "]");
      case End.Reset _ ->
          draft.insteadBecause(
              "exit.reset",
              Basis.ASSUMED,
              "that it reset means that it failed; if it ends so also when all went well, write"
                  + " \"success\"");
      case End.Running _ ->
          draft.because(
              field,
              Basis.UNKNOWN,
              "how it ends: it did not by itself. If it never does, write \"console-text\" with"
                  + " success = '…' and failure = '…', and Diver ends it after that text");
      case End.PoweredOff _ ->
          draft.because(
              field, Basis.UNKNOWN, "whether a clean power-off always means that all went well");
      case End.Failed _ -> draft;
    };
  }

  private Draft features(Draft draft) {
    for (Sighting boot : boots) {
      List<CpuFeature.Lack> lacks =
          boot.texts().values().stream()
              .flatMap(text -> CpuFeature.lacking(text).stream())
              .toList();
      for (CpuFeature.Lack lack : lacks) {
        ModeNeeds needs = draft.needs();
        if (!needs.cpuFeatures().contains(lack.feature())) {
          List<String> all =
              Stream.concat(needs.cpuFeatures().stream(), Stream.of(lack.feature()))
                  .sorted(Comparator.naturalOrder())
                  .toList();
          draft =
              draft
                  .with(Specs.with(needs, needs.machine(), all))
                  .because("modes.full-vm.cpu-features", Basis.SEEN, Sighting.quoted(lack.line()));
        }
      }
    }
    return draft;
  }

  private static Draft withoutAssumption(Draft draft, String field) {
    List<Finding> kept =
        draft.findings().stream()
            .filter(f -> !f.field().equals(field) || f.basis() != Basis.ASSUMED)
            .toList();
    return new Draft(draft.spec(), kept);
  }
}

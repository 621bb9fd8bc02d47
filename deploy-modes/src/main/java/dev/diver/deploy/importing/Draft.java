package dev.diver.deploy.importing;

import dev.diver.deploy.importing.Finding.Basis;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Boot;
import dev.diver.kernels.spec.KernelSpec.Exit;
import dev.diver.kernels.spec.KernelSpec.ModeNeeds;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.spec.ModeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A kernel spec in the making.
 *
 * @param spec as it is by now
 * @param findings why
 */
record Draft(KernelSpec spec, List<Finding> findings) {

  static final String FULL_VM = ModeName.FULL_VM;

  private static final String HEAD =
      """

      What stands here was
        found     read from the file
        seen      shown by booting it once
        given     said by who imported it
        like      taken over from a kernel that this one resembles
        assumed   the usual: look whether it is right
        unknown   to be filled in where it matters
      Then pack it anew with `diver kernel package`, and share it with `diver publish`.\
      """;

  Draft {
    findings = List.copyOf(findings);
  }

  ModeNeeds needs() {
    return Objects.requireNonNull(spec.modes().get(FULL_VM));
  }

  /** With one reason more. */
  Draft because(String field, Basis basis, String text) {
    return new Draft(
        spec,
        Stream.concat(findings.stream(), Stream.of(new Finding(field, basis, text))).toList());
  }

  /** With this reason for a field instead of all others. */
  Draft insteadBecause(String field, Basis basis, String text) {
    List<Finding> kept = new ArrayList<>(findings);
    kept.removeIf(finding -> finding.field().equals(field));
    return new Draft(spec, kept).because(field, basis, text);
  }

  Draft with(Boot boot) {
    return with(boot, spec.exit(), needs());
  }

  Draft with(Exit exit) {
    return with(spec.boot(), exit, needs());
  }

  Draft with(ModeNeeds needs) {
    return with(spec.boot(), spec.exit(), needs);
  }

  /** The kernel.toml, under a first line that says what this is. */
  String toml(String title) {
    Map<String, String> comments = Finding.comments(findings);
    comments.put("", title + "\n" + HEAD);
    return KernelSpecToml.write(spec, comments);
  }

  private Draft with(Boot boot, Exit exit, ModeNeeds needs) {
    return new Draft(Specs.with(spec, boot, exit, Map.of(FULL_VM, needs)), findings);
  }
}

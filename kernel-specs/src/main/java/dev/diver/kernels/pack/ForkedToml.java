package dev.diver.kernels.pack;

import dev.diver.kernels.spec.KernelSpec;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel.toml of a fork: its base's with another name and with its provenance. Everything else
 * stays as its author wrote it, comments too.
 */
record ForkedToml(String name, Optional<String> version, String base) {

  private static final Pattern TABLE = Pattern.compile("\\s*\\[.*");
  private static final Pattern PROVENANCE = Pattern.compile("\\s*\\[\\s*provenance\\s*\\].*");
  private static final String COMMENT = "# what this kernel was forked from";
  private static final Pattern LONG_TEXT = Pattern.compile("\"\"\"|'''");

  /** The fork's of this text. */
  String of(String text) {
    StringBuilder forked = new StringBuilder();
    boolean atTop = true;
    boolean inProvenance = false;
    boolean inLongText = false;
    for (String line : text.lines().toList()) {
      if (!inLongText && TABLE.matcher(line).matches()) {
        atTop = false;
        inProvenance = PROVENANCE.matcher(line).matches();
      }
      if (!inProvenance && !line.equals(COMMENT)) {
        forked.append(atTop && !inLongText ? identity(line) : line).append('\n');
      }
      inLongText ^= LONG_TEXT.matcher(line).results().count() % 2 == 1;
    }
    return forked.toString().stripTrailing()
        + "\n\n"
        + COMMENT
        + "\n[provenance]\nbase = \""
        + base
        + "\"\n";
  }

  private String identity(String line) {
    String named = replace(line, "name", name);
    return version.map(v -> replace(named, "version", v)).orElse(named);
  }

  private static String replace(String line, String key, String value) {
    return Pattern.compile("^(\\s*" + key + "\\s*=\\s*)(\"[^\"]*\"|'[^']*')")
        .matcher(line)
        .replaceFirst("$1" + Matcher.quoteReplacement("\"" + value + "\""));
  }

  /** Whether this is what a kernel.toml says. */
  boolean isIn(KernelSpec spec) {
    return spec.name().equals(name)
        && version.filter(v -> !v.equals(spec.version())).isEmpty()
        && spec.provenance().base().equals(Optional.of(base));
  }
}

package dev.diver.deploy.importing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads from what a kernel prints which features of the CPU it lacks. */
final class CpuFeature {

  /**
   * A feature that a kernel says it lacks.
   *
   * @param feature as QEMU names it
   * @param line in which the kernel said so
   */
  record Lack(String feature, String line) {}

  private static final int MOST_LINE = 400;

  /** Words that make of a feature's name a complaint. */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "(?i)\\b(not (supported|available|present|found|detected)|no support|unsupported|missing"
              + "|lacks?|lacking|required?|requires|needs?|mandatory|absent)\\b");

  /** QEMU's names, and the words for them in what kernels print. */
  private static final Map<String, Pattern> NAMES = names();

  private CpuFeature() {}

  /** What the text says that the CPU lacks; a line counts that names it and complains. */
  static List<Lack> lacking(String text) {
    List<Lack> found = new ArrayList<>();
    text.lines()
        .filter(line -> line.length() <= MOST_LINE && COMPLAINT.matcher(line).find())
        .forEach(
            line ->
                NAMES.forEach(
                    (feature, name) -> {
                      if (name.matcher(line).find()) {
                        found.add(new Lack(feature, line));
                      }
                    }));
    return found;
  }

  private static Map<String, Pattern> names() {
    Map<String, Pattern> names = new LinkedHashMap<>();
    for (String feature :
        List.of(
            "rdrand",
            "rdseed",
            "x2apic",
            "fsgsbase",
            "pcid",
            "invpcid",
            "smep",
            "smap",
            "xsave",
            "avx",
            "avx2",
            "avx512f",
            "popcnt",
            "bmi1",
            "bmi2",
            "invtsc",
            "tsc-deadline",
            "la57",
            "rdtscp",
            "pdpe1gb",
            "monitor",
            "erms",
            "umip",
            "vmx",
            "svm")) {
      names.put(feature, word(feature));
    }
    names.put("sse4.1", word("sse ?4[._]1"));
    names.put("sse4.2", word("sse ?4[._]2"));
    names.put("ssse3", word("ssse3"));
    names.merge("invtsc", word("invariant tsc"), CpuFeature::either);
    names.merge("pdpe1gb", word("1 ?gi?b pages"), CpuFeature::either);
    names.merge("tsc-deadline", word("tsc[ _-]deadline"), CpuFeature::either);
    return Map.copyOf(names);
  }

  private static Pattern word(String regex) {
    return Pattern.compile("(?i)(?<![a-z0-9])" + regex + "(?![a-z0-9])");
  }

  private static Pattern either(Pattern one, Pattern other) {
    return Pattern.compile(one.pattern() + "|" + other.pattern());
  }
}

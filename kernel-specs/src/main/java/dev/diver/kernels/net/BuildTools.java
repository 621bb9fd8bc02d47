package dev.diver.kernels.net;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Which programs a build lacks, and the Debian packages that have them. */
final class BuildTools {

  /** Programs that builds commonly use, and their packages in Debian 12. */
  private static final Map<String, String> PACKAGES =
      Map.ofEntries(
          Map.entry("ar", "binutils"),
          Map.entry("as", "binutils"),
          Map.entry("awk", "mawk"),
          Map.entry("c++", "g++"),
          Map.entry("cargo", "cargo"),
          Map.entry("cc", "gcc"),
          Map.entry("clang", "clang"),
          Map.entry("cmake", "cmake"),
          Map.entry("g++", "g++"),
          Map.entry("gcc", "gcc"),
          Map.entry("gfortran", "gfortran"),
          Map.entry("ld", "binutils"),
          Map.entry("make", "make"),
          Map.entry("meson", "meson"),
          Map.entry("musl-gcc", "musl-tools"),
          Map.entry("nasm", "nasm"),
          Map.entry("ninja", "ninja-build"),
          Map.entry("objcopy", "binutils"),
          Map.entry("python3", "python3"),
          Map.entry("rustc", "rustc"));

  private static final Pattern WORDS = Pattern.compile("[^A-Za-z0-9_+./-]+");
  private static final int MAX_OUTPUT = 1 << 20;

  private BuildTools() {}

  /** The program of this name in the first of the folders that has it. */
  static Optional<Path> find(String program, String searchPath) {
    for (String folder : searchPath.split(":", -1)) {
      Path path = Path.of(folder, program);
      if (Files.isExecutable(path) && !Files.isDirectory(path)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  static Optional<String> packageOf(String program) {
    return Optional.ofNullable(PACKAGES.get(program));
  }

  /**
   * The programs that a build by make would call and this machine lacks, with their packages. What
   * it would call is in the words of {@code make -n}.
   *
   * @param make ready to be started with the command's words
   */
  static Map<String, String> missing(ProcessBuilder make, String searchPath) {
    make.command().add("-n");
    make.redirectErrorStream(true).redirectOutput(Redirect.PIPE);
    Map<String, String> missing = new TreeMap<>();
    for (String word : WORDS.split(output(make), -1)) {
      packageOf(word)
          .filter(debian -> find(word, searchPath).isEmpty())
          .ifPresent(debian -> missing.put(word, debian));
    }
    return missing;
  }

  /** Empty where it cannot be had: the failure that this is to explain is told without it. */
  private static String output(ProcessBuilder command) {
    try {
      Process process = command.start();
      try (InputStream out = process.getInputStream()) {
        return new String(out.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      return "";
    }
  }
}

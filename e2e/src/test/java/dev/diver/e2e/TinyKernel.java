package dev.diver.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One row of e2e/kernels/kernels.tsv, whose head describes the columns.
 *
 * @param file its name in e2e/kernels/build
 * @param boots how bare QEMU boots it
 * @param exit the content of the inline table {@code exit} of its kernel.toml
 * @param verdict {@code status N}, or the kind of outcome
 * @param machine what bare QEMU does with it: {@code off}, {@code reset}, {@code code N}, {@code
 *     runs}, {@code refused}
 * @param says the text that it prints first; empty where it prints none
 */
public record TinyKernel(
    String file,
    String protocol,
    String boots,
    String console,
    String exit,
    String verdict,
    String machine,
    String says) {

  public static final Path FOLDER = Shell.ROOT.resolve("e2e/kernels");

  public static List<TinyKernel> all() {
    try {
      return Files.readAllLines(FOLDER.resolve("kernels.tsv")).stream()
          .skip(1)
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .map(TinyKernel::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TinyKernel of(String[] row) {
    String says = row[9].equals("-") ? "" : row[9].translateEscapes();
    return new TinyKernel(row[0], row[1], row[2], row[5], row[6], row[7], row[8], says);
  }

  /** A name for its package. */
  public String name() {
    return "tiny-" + file.replaceFirst("\\.(elf|bin|img|iso|efi|bzimage)$", "");
  }

  public Path path() {
    return FOLDER.resolve("build").resolve(file);
  }

  public boolean isRefused() {
    return verdict.equals("refused");
  }

  /** Whether its machine runs until somebody ends it. */
  public boolean isEndless() {
    return machine.equals("runs");
  }

  @Override
  public String toString() {
    return file;
  }
}

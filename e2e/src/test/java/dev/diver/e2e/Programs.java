package dev.diver.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** C programs that users run, static as every kernel takes them. */
public final class Programs {

  private static final Path SOURCES = Shell.ROOT.resolve("e2e/src/programs");
  private static final Path ABI = Shell.ROOT.resolve("kernel-specs/abi/include");

  private Programs() {}

  /** One of this repository, compiled into the user's folder. */
  public static Path compile(Shell user, String name, String... flags) {
    return compile(user, name, SOURCES.resolve(name + ".c"), flags);
  }

  /** One that the user has written, in the user's folder. */
  static Path write(Shell user, String name, String source, String... flags) {
    Path file = user.folder().resolve(name + ".c");
    try {
      Files.writeString(file, source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compile(user, name, file, flags);
  }

  private static Path compile(Shell user, String name, Path source, String... flags) {
    List<String> command = new ArrayList<>(List.of("gcc", "-static", "-O2", "-g", "-I" + ABI));
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", name, source.toString(), "-lm"));
    Expect.success(user.run(command.toArray(String[]::new)));
    return user.folder().resolve(name);
  }
}

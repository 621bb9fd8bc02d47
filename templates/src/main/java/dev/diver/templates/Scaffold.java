package dev.diver.templates;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.net.KernelFiles;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import dev.diver.templates.Template.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the project of a new net from a template. Never overwrites a file. */
public final class Scaffold {

  /** Serves as the name of a file, of a make target and inside C strings without quoting. */
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");

  private static final Set<PosixFilePermission> EXECUTABLE =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private Scaffold() {}

  /**
   * Makes a project in a new folder. If that fails, nothing is left of it.
   *
   * @param folder which must not exist; its parents are made
   * @param name of the net: lower-case letters, digits, dashes and underscores, a letter first
   * @param template one of those that there are for this kernel ({@link Templates})
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where the folder exists
   */
  public static void create(
      Path folder, String name, Template template, StoredKernel kernel, KernelStore store) {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              folder + " exists already.",
              "Choose another name, or use `diver init` in that folder.")
          .exception();
    }
    init(folder, name, template, kernel, store);
  }

  /**
   * Adds a project to a folder. If that fails, what was added is taken away again.
   *
   * @param folder made where it does not exist
   * @param name as for {@link #create}
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where a file of the template exists
   */
  public static void init(
      Path folder, String name, Template template, StoredKernel kernel, KernelStore store) {
    checkName(name);
    Map<String, String> values = values(name, kernel, store.spec(kernel));
    Map<Path, Content> files = files(folder, template, values);
    checkFree(files.keySet());
    List<Path> made = new ArrayList<>();
    try {
      write(files, made);
      makeFolders(folder.toAbsolutePath().resolve(".diver"), made);
      KernelFiles.restore(folder, kernel, store);
      made.clear();
    } catch (IOException e) {
      throw IoFailure.of("write to", folder, e);
    } finally {
      takeAway(made.reversed());
    }
  }

  private static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + name + "\" is not a name for a net.",
              "Use lower-case letters, digits, dashes and underscores, at most 63, with a letter"
                  + " first.")
          .exception();
    }
  }

  private static Map<String, String> values(String name, StoredKernel kernel, KernelSpec spec) {
    return Map.of(
        "name",
        name,
        "kernel",
        kernel.reference().toString(),
        "digest",
        kernel.digest().toString(),
        "makefile",
        ".diver/kernel/" + spec.sdk().makefile().orElse(""));
  }

  private static Map<Path, Content> files(
      Path folder, Template template, Map<String, String> values) {
    Map<Path, Content> files = new LinkedHashMap<>();
    template.files().forEach((file, content) -> files.put(folder.resolve(file), content));
    Path last = folder.resolve(Net.FILE); // with it the project is whole
    Content description = files.remove(last);
    if (description != null) {
      files.put(last, description);
    }
    files.replaceAll((file, content) -> filled(content, values));
    return files;
  }

  /** Text with its places filled; what is no place of ours, and what is no text, as it is. */
  private static Content filled(Content content, Map<String, String> values) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content.bytes())).toString();
    } catch (CharacterCodingException _) {
      return content;
    }
    String filled =
        PLACE
            .matcher(text)
            .replaceAll(m -> Matcher.quoteReplacement(values.getOrDefault(m.group(1), m.group())));
    return new Content(filled.getBytes(StandardCharsets.UTF_8), content.executable());
  }

  private static void checkFree(Iterable<Path> files) {
    List<String> taken = new ArrayList<>();
    for (Path file : files) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        taken.add(file.toString());
      }
    }
    if (!taken.isEmpty()) {
      throw inTheWay(String.join(", ", taken)).exception();
    }
  }

  private static Failure inTheWay(String files) {
    return new Failure(
        Failure.Kind.CONFLICT,
        "Nothing is made, since this is in the way: " + files + ".",
        "Move it away, or use another folder.");
  }

  private static void write(Map<Path, Content> files, List<Path> made) throws IOException {
    for (Map.Entry<Path, Content> file : files.entrySet()) {
      makeFolders(file.getKey().toAbsolutePath().getParent(), made);
      try {
        Files.write(file.getKey(), file.getValue().bytes(), StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        throw inTheWay(file.getKey().toString()).exception(e);
      }
      made.add(file.getKey());
      if (file.getValue().executable()) {
        Files.setPosixFilePermissions(file.getKey(), EXECUTABLE);
      }
    }
  }

  private static void makeFolders(@Nullable Path folder, List<Path> made) throws IOException {
    if (folder != null && !Files.isDirectory(folder)) {
      makeFolders(folder.getParent(), made);
      Files.createDirectory(folder);
      made.add(folder);
    }
  }

  /** What someone else has put there in the meantime stays, and its folder with it. */
  private static void takeAway(List<Path> made) {
    for (Path path : made) {
      try {
        Files.deleteIfExists(path);
      } catch (DirectoryNotEmptyException _) {
        // not ours alone any more
      } catch (IOException e) {
        throw IoFailure.of("delete", path, e);
      }
    }
  }
}

package dev.diver.templates;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.net.KernelFiles;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the project of a new net from a template. Never overwrites a file. */
public final class Scaffold {

  /** Serves as the name of a file, of a make target and inside C strings without quoting. */
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");

  private Scaffold() {}

  /**
   * Makes a project in a new folder. If that fails, nothing is left of it.
   *
   * @param folder which must not exist; its parents are made
   * @param name of the net: lower-case letters, digits, dashes and underscores, a letter first
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where the folder exists; UNSUPPORTED
   *     where the template is not for this kernel
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
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where a file of the template exists;
   *     UNSUPPORTED where the template is not for this kernel
   */
  public static void init(
      Path folder, String name, Template template, StoredKernel kernel, KernelStore store) {
    checkName(name);
    KernelSpec spec = store.spec(kernel);
    checkTemplate(template, kernel, spec);
    Map<Path, byte[]> files = files(folder, template, values(name, kernel, spec));
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

  private static void checkTemplate(Template template, StoredKernel kernel, KernelSpec spec) {
    List<Template> fitting = Template.of(spec);
    if (fitting.contains(template) && spec.sdk().makefile().isPresent()) {
      return;
    }
    throw new Failure(
            Failure.Kind.UNSUPPORTED,
            "The template " + template.word() + " is not for " + kernel.reference() + ".",
            fitting.isEmpty()
                ? "Choose another kernel: this one comes without templates."
                : "Use one that is: " + Template.words(fitting) + ".")
        .exception();
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

  private static Map<Path, byte[]> files(
      Path folder, Template template, Map<String, String> values) {
    Map<Path, byte[]> files = new LinkedHashMap<>();
    for (String file : template.files()) {
      String text =
          PLACE.matcher(resource(template, file)).replaceAll(m -> value(values, m.group(1)));
      files.put(folder.resolve(file), text.getBytes(StandardCharsets.UTF_8));
    }
    return files;
  }

  private static String value(Map<String, String> values, String place) {
    String value = values.get(place);
    if (value == null) {
      throw new IllegalStateException("a template wants {{" + place + "}}");
    }
    return Matcher.quoteReplacement(value);
  }

  /** A leading dot would make the resource itself a file that git obeys. */
  private static String resource(Template template, String file) {
    String name = file.startsWith(".") ? file.substring(1) : file;
    for (String folder : List.of(template.word(), "common")) {
      try (InputStream in = Scaffold.class.getResourceAsStream(folder + "/" + name)) {
        if (in != null) {
          return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot read " + folder + "/" + name, e);
      }
    }
    throw new IllegalStateException("the template " + template.word() + " lacks " + name);
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

  private static void write(Map<Path, byte[]> files, List<Path> made) throws IOException {
    for (Map.Entry<Path, byte[]> file : files.entrySet()) {
      makeFolders(file.getKey().toAbsolutePath().getParent(), made);
      try {
        Files.write(file.getKey(), file.getValue(), StandardOpenOption.CREATE_NEW);
      } catch (FileAlreadyExistsException e) {
        throw inTheWay(file.getKey().toString()).exception(e);
      }
      made.add(file.getKey());
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

package dev.diver.kernels.net;

import dev.diver.kernels.elf.AppCheck;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Builds nets: puts the kernel's files in place, runs the net's command, checks what it left. */
public final class NetBuilder {

  private final KernelStore store;
  private final Function<KernelReference, StoredKernel> pull;
  private final Redirect output;
  private final Map<String, String> environment;

  /**
   * A builder of nets.
   *
   * @param store where the kernels are
   * @param pull brings a kernel, named by its digest, into the store, or fails with NOT_FOUND
   * @param output where both output streams of build commands go, untouched
   * @param environment of build commands, whose PATH finds their programs
   */
  public NetBuilder(
      KernelStore store,
      Function<KernelReference, StoredKernel> pull,
      Redirect output,
      Map<String, String> environment) {
    this.store = store;
    this.pull = pull;
    this.output = output;
    this.environment = Map.copyOf(environment);
  }

  /**
   * Builds a net.
   *
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where its kernel's tag means another
   *     package by now; MISSING, with the Debian package, where a tool is missing; FAILED where the
   *     command fails; INVALID where it leaves something that cannot run on the kernel
   */
  public BuiltNet build(Net net) {
    StoredKernel kernel = kernel(net);
    KernelFiles.restore(net.folder(), kernel, store);
    if (!net.build().command().isEmpty()) {
      run(net);
    }
    return check(net, kernel);
  }

  /** A net as its last build left it; NOT_FOUND where it was not built. */
  public BuiltNet built(Net net) {
    return check(net, kernel(net));
  }

  /** The package that the net was made for, whatever its tag has come to mean elsewhere. */
  private StoredKernel kernel(Net net) {
    KernelReference exact = net.kernel().withDigest(net.kernelDigest());
    Optional<StoredKernel> tagged = store.find(net.kernel());
    if (tagged.isPresent() && !tagged.get().digest().equals(net.kernelDigest())) {
      throw wrongKernel(net, exact, tagged.get());
    }
    return tagged.or(() -> store.find(exact)).orElseGet(() -> pull.apply(exact));
  }

  private static RuntimeException wrongKernel(Net net, KernelReference exact, StoredKernel found) {
    return new Failure(
            Failure.Kind.CONFLICT,
            "This is the wrong kernel for the net: %s was made for %s with the digest %s, and here it has %s."
                .formatted(
                    net.name(),
                    net.kernel(),
                    net.kernelDigest().shortHex(),
                    found.digest().shortHex()),
            "In %s, write kernel-digest = \"%s\" to move on to it, or kernel = \"%s\" to stay."
                .formatted(net.folder().resolve(Net.FILE), found.digest(), exact))
        .exception();
  }

  private void run(Net net) {
    int status;
    try {
      status = await(command(net).start());
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "Tried to run the build of " + net.name() + " but failed: " + e.getMessage() + ".",
              "Look at build.command in " + net.folder().resolve(Net.FILE) + ".")
          .exception(e);
    }
    if (status != 0) {
      throw failed(net, status).exception();
    }
  }

  /** With a slash in its name the program is the project's own, else one of PATH. */
  private ProcessBuilder command(Net net) {
    List<String> words = new ArrayList<>(net.build().command());
    String program = words.getFirst();
    if (!program.contains("/")) {
      Path found = BuildTools.find(program, searchPath()).orElseThrow(() -> missing(net, program));
      words.set(0, found.toString());
    }
    ProcessBuilder command =
        new ProcessBuilder(words)
            .directory(net.folder().toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output)
            .redirectError(output);
    command.environment().clear();
    command.environment().putAll(environment);
    return command;
  }

  private String searchPath() {
    return environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
  }

  private static int await(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      Thread.currentThread().interrupt();
      throw new Failure(
              Failure.Kind.INTERRUPTED, "The build was interrupted.", "Repeat the command.")
          .exception(e);
    }
  }

  private Failure failed(Net net, int status) {
    List<String> command = net.build().command();
    if (command.getFirst().equals("make")) {
      Map<String, String> missing = BuildTools.missing(command(net), searchPath());
      if (!missing.isEmpty()) {
        return missing(net, missing);
      }
    }
    return new Failure(
        Failure.Kind.FAILED,
        "The build of %s failed: %s ended with status %d."
            .formatted(net.name(), String.join(" ", command), status),
        "Its own messages say why.");
  }

  private static RuntimeException missing(Net net, String program) {
    return BuildTools.packageOf(program)
        .map(debian -> missing(net, Map.of(program, debian)))
        .orElseGet(
            () ->
                new Failure(
                    Failure.Kind.MISSING,
                    "To build " + net.name() + ", this machine lacks " + program + ".",
                    "Install it, or change build.command in net.toml."))
        .exception();
  }

  private static Failure missing(Net net, Map<String, String> packages) {
    return new Failure(
        Failure.Kind.MISSING,
        "To build %s, this machine lacks %s."
            .formatted(net.name(), String.join(", ", packages.keySet())),
        "Install it: sudo apt-get install "
            + String.join(" ", packages.values().stream().distinct().sorted().toList())
            + ".");
  }

  private BuiltNet check(Net net, StoredKernel kernel) {
    KernelSpec spec = store.spec(kernel);
    net.image().ifPresent(image -> checkLeft(net, "image", image));
    net.app().ifPresent(app -> checkLeft(net, "app", app));
    if (spec.abi() == KernelSpec.Abi.LINUX) {
      boolean alwaysSealed = spec.syscalls().delegated().isEmpty();
      net.app().ifPresent(alwaysSealed ? AppCheck::requireStatic : AppCheck::requireExecutable);
    }
    return new BuiltNet(
        net, kernel, spec, net.image().orElseGet(() -> store.image(kernel)), net.app());
  }

  private static void checkLeft(Net net, String field, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no "
                  + file
                  + ", which net.toml names as the "
                  + field
                  + " of "
                  + net.name()
                  + ".",
              "Run `diver build`; if that does not make it, correct `" + field + "` in net.toml.")
          .exception();
    }
  }
}

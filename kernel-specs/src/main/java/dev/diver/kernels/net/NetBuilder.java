package dev.diver.kernels.net;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Builds nets: puts the kernel's files in place, runs the net's command or the script of the
 * kernel's package, checks what it left.
 */
public final class NetBuilder {

  private static final List<String> USUAL = List.of("make");

  private final KernelStore store;
  private final Function<KernelReference, StoredKernel> pull;
  private final Redirect output;
  private final Map<String, String> environment;

  /**
   * A builder of nets.
   *
   * @param store where the kernels are
   * @param pull brings a kernel, named by its digest, into the store, or fails with NOT_FOUND
   * @param output where both output streams of commands go, untouched
   * @param environment of commands, whose PATH finds their programs
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
   * Builds a net: by the command of its net.toml, else as its kernel's package has it, else by
   * make.
   *
   * @throws dev.diver.kernels.failure.DiverException CONFLICT where its kernel's tag means another
   *     package by now; MISSING, with the Debian package, where a tool is missing; FAILED where the
   *     command fails; INVALID where it leaves something that cannot run on the kernel
   */
  public BuiltNet build(Net net) {
    StoredKernel kernel = kernel(net);
    KernelSpec spec = store.spec(kernel);
    KernelFiles.restore(net.folder(), kernel, store);
    if (NetCheck.isByPackage(net, spec)) {
      String script = spec.net().build().orElseThrow();
      NetScripts.run(NetScripts.build(net, script), output, environment);
    } else {
      List<String> command = net.build().command().orElse(USUAL);
      if (!command.isEmpty()) {
        new NetCommand(net, "build", command, output, environment).run();
      }
    }
    return built(net, kernel, spec);
  }

  /** A net as its last build left it; NOT_FOUND where it was not built. */
  public BuiltNet built(Net net) {
    StoredKernel kernel = kernel(net);
    return built(net, kernel, store.spec(kernel));
  }

  private BuiltNet built(Net net, StoredKernel kernel, KernelSpec spec) {
    NetCheck.check(net, spec);
    return new BuiltNet(
        net, kernel, spec, net.image().orElseGet(() -> store.image(kernel)), net.app());
  }

  /**
   * Tests a built net: by the command of its net.toml, else as its kernel's package has it.
   *
   * @throws dev.diver.kernels.failure.DiverException UNSUPPORTED where there is no test; FAILED
   *     where it fails
   */
  public void test(BuiltNet built) {
    Net net = built.net();
    Optional<List<String>> command = net.test().command();
    if (command.isPresent()) {
      new NetCommand(net, "test", command.get(), output, environment).run();
    } else {
      NetScripts.run(NetScripts.test(built, store), output, environment);
    }
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
}

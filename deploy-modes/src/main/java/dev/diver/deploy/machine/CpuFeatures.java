package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** What an accelerator's processors can do. */
public final class CpuFeatures {

  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  /** The first QEMU whose software emulation has it, where 7.0 has not. */
  private static final Map<String, String> EMULATED_SINCE =
      Map.of(
          "avx", "7.2", "avx2", "7.2", "f16c", "7.2", "fma", "7.2", "rdseed", "8.1", "x2apic",
          "9.0");

  private static final String QUESTIONS =
      """
      {"execute":"qmp_capabilities"}
      {"execute":"query-cpu-model-expansion","arguments":{"type":"full","model":{"name":"max"}}}
      {"execute":"quit"}
      """;

  private CpuFeatures() {}

  /**
   * UNSUPPORTED, with what would have it, where the accelerator lacks one of these features;
   * INVALID where QEMU knows no such feature.
   *
   * @param who needs them, for people
   */
  public static void require(
      Host host, Qemu qemu, Acceleration accelerator, String who, List<String> features) {
    if (features.isEmpty()) {
      return;
    }
    Map<String, Boolean> there = ask(host, qemu, accelerator.kind());
    for (String feature : features) {
      if (!there.containsKey(feature)) {
        throw new Failure(
                Failure.Kind.INVALID,
                who + " needs the CPU feature " + feature + ", which QEMU does not know.",
                "Correct cpu-features in its kernel.toml; qemu-system-x86_64 -cpu help lists them.")
            .exception();
      }
      if (!there.getOrDefault(feature, false)) {
        throw lacking(qemu, accelerator, who, feature);
      }
    }
  }

  private static RuntimeException lacking(
      Qemu qemu, Acceleration accelerator, String who, String feature) {
    boolean emulation = accelerator.kind() == Acceleration.Kind.TCG;
    String what =
        emulation
            ? "software emulation (QEMU " + qemu.version() + ") does not have"
            : "this machine's processor, or KVM on it, does not have";
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            who + " needs the CPU feature " + feature + ", which " + what + ".",
            emulation ? otherThanEmulation(accelerator, feature) : "Dive it on another machine.")
        .exception();
  }

  private static String otherThanEmulation(Acceleration accelerator, String feature) {
    String kvm =
        hostFlags().contains(feature.replace('.', '_'))
            ? "this machine's processor has it, so KVM here would do (" + accelerator.reason() + ")"
            : "a machine with KVM whose processor has it";
    return "What has it: "
        + kvm
        + Optional.ofNullable(EMULATED_SINCE.get(feature))
            .map(version -> "; software emulation has it from QEMU " + version + " on")
            .orElse("")
        + ".";
  }

  /** Each feature by QEMU's name, and whether it is there. */
  private static Map<String, Boolean> ask(Host host, Qemu qemu, Acceleration.Kind kind) {
    String key =
        Qemu.identity(qemu.path())
            + " "
            + kind.option()
            + " "
            + Digest.of(String.join(" ", hostFlags()).getBytes(StandardCharsets.UTF_8)).shortHex();
    String answer =
        Remembered.answer(
            host.cache().resolve("cpu-features"), key, false, () -> probe(qemu, kind));
    byte[] json = answer.getBytes(StandardCharsets.UTF_8);
    Map<?, ?> model =
        Json.child(
            Json.child(Json.object(json, 0, json.length).orElse(Map.of()), "return"), "model");
    Map<String, Boolean> features = new java.util.TreeMap<>();
    Json.child(model, "props")
        .forEach(
            (name, value) -> {
              if (value instanceof Boolean is) {
                features.put(String.valueOf(name), is);
              }
            });
    return features;
  }

  private static String probe(Qemu qemu, Acceleration.Kind kind) {
    List<String> command =
        List.of(
            qemu.path().toString(),
            "-machine",
            "none",
            "-accel",
            kind.option(),
            "-nodefaults",
            "-display",
            "none",
            "-qmp",
            "stdio");
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      Thread.ofPlatform().daemon().start(() -> killLate(process));
      process.getOutputStream().write(QUESTIONS.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains("\"props\""))
          .findFirst()
          .orElseThrow(() -> new IOException("it does not tell"));
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "Tried to ask QEMU for its processor's features but failed: " + e.getMessage() + ".",
              "Install QEMU anew: " + Qemu.INSTALL)
          .exception(e);
    }
  }

  private static void killLate(Process process) {
    try {
      process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }

  /** By Linux's names. */
  private static Set<String> hostFlags() {
    try {
      return Files.readString(CPUINFO)
          .lines()
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .map(flags -> new TreeSet<>(Arrays.asList(flags.split(" +"))))
          .orElseGet(TreeSet::new);
    } catch (IOException e) {
      return Set.of();
    }
  }
}

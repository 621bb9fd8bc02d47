package dev.diver.templates;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.confine.Confinement;
import dev.diver.kernels.confine.Grants;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.net.BuiltNet;
import dev.diver.kernels.net.NetBuilder;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.pack.KernelProject;
import dev.diver.kernels.pack.KernelStage;
import dev.diver.kernels.pack.Packer;
import dev.diver.kernels.store.KernelStore;
import dev.diver.kernels.store.StoredKernel;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each template, built with the SDK of the real remora. Its apps run on Linux as well. */
class TemplateBuildTest {

  private static final Path REMORA = Path.of("../kernel-specs/kernels/remora/kernel.toml");

  @TempDir static Path folder;
  private static KernelStore store;
  private static StoredKernel remora;

  /** What an app did. */
  private record Run(int status, String output) {}

  @BeforeAll
  static void buildRemora() {
    KernelProject.open(REMORA)
        .run(
            KernelStage.BUILD,
            List.of(),
            new Confinement(System.getenv()),
            Grants.within(Duration.ofMinutes(5)),
            Redirect.appendTo(log().toFile()));
    store = KernelStore.open(folder.resolve("store"));
    remora = Packer.pack(REMORA, store);
  }

  private static Path log() {
    return folder.resolve("log");
  }

  private static BuiltNet make(OwnTemplate template) throws IOException {
    Path project = folder.resolve(template.word());
    Scaffold.create(project, template.word(), template.template(), remora, store);
    BuiltNet built = builder().build(NetToml.read(project));
    assertFalse(Files.readString(log()).contains("warning:"), () -> read(log()));
    return built;
  }

  private static NetBuilder builder() {
    return new NetBuilder(
        store, store::resolve, Redirect.appendTo(log().toFile()), System.getenv());
  }

  private static Run run(BuiltNet built, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(built.app().orElseThrow().toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output);
  }

  @Test
  void hello() throws Exception {
    BuiltNet built = make(OwnTemplate.HELLO);
    assertEquals(store.image(remora), built.image());
    assertEquals(
        new Run(
            0,
            """
            Hello from hello, on a kernel of its own.
            argument 1: one
            argument 2: two words
            """),
        run(built, "one", "two words"));
  }

  @Test
  void theStencilChecksItsResult() throws Exception {
    BuiltNet built = make(OwnTemplate.STENCIL);
    Run run = run(built, "64", "100");
    assertEquals(0, run.status(), run.output());
    assertTrue(run.output().startsWith("64 x 64 points, 100 iterations"), run.output());
    assertTrue(run.output().endsWith(": correct\n"), run.output());
    assertEquals(2, run(built, "64", "many").status());
    assertEquals(2, run(built, "8", "1000000").status());
  }

  @Test
  void theStencilSeesAWrongResult() throws Exception {
    Path project = folder.resolve("wrong");
    Scaffold.create(project, "wrong", OwnTemplate.STENCIL.template(), remora, store);
    Path source = project.resolve("src/main.c");
    Files.writeString(source, Files.readString(source).replace("0.25 *", "0.2500000001 *"));
    Run run = run(builder().build(NetToml.read(project)), "64", "100");
    assertEquals(1, run.status());
    assertTrue(run.output().endsWith(": WRONG\n"), run.output());
  }

  /** A frame before the first step and after every second one, each of a number and all points. */
  @Test
  void thePipelinesSimulationWritesFrames() throws Exception {
    BuiltNet built = make(OwnTemplate.PIPELINE);
    Run run = run(built, "4", "2");
    assertEquals(0, run.status(), run.output());
    List<String[]> frames = run.output().lines().map(line -> line.split(" ")).toList();
    assertEquals(List.of("0", "2", "4"), frames.stream().map(frame -> frame[0]).toList());
    frames.forEach(frame -> assertEquals(1 + 1024, frame.length));
    assertEquals(2, run(built, "none").status());
  }

  @Test
  void theComponentIsInTheKernel() throws Exception {
    BuiltNet built = make(OwnTemplate.COMPONENT);
    Path image = built.net().folder().resolve("build/component-kernel.elf");
    assertEquals(image, built.image());
    assertTrue(Files.readString(image, StandardCharsets.ISO_8859_1).contains("counter_add"));
    assertEquals(ElfFile.read(store.image(remora)).machine(), ElfFile.read(image).machine());
    Run onLinux = run(built, "1");
    assertEquals(1, onLinux.status());
    assertEquals("component: counter_add: Function not implemented\n", onLinux.output());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}

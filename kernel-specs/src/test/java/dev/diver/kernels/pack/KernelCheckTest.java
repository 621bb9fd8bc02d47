package dev.diver.kernels.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.pack.KernelCheck.Point;
import dev.diver.kernels.pack.KernelCheck.Verdict;
import dev.diver.kernels.spec.KnownKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCheckTest {

  @TempDir Path folder;
  private Path toml;

  @BeforeEach
  void make() throws IOException {
    toml = SampleKernel.write(folder.resolve("kernel"), "1.0", SampleKernel.image(""));
  }

  @Test
  void aCompleteKernelLacksNothing() {
    assertEquals(List.of(), names(Verdict.LACKS));
    assertEquals(
        List.of(
            "kernel.toml",
            "boot.image",
            "modes",
            "scripts.build",
            "sdk.files",
            "license",
            "tags",
            "homepage"),
        names(Verdict.HAS));
    assertEquals(List.of("scripts.test", "source.files", "description"), names(Verdict.COULD));
    assertTrue(point("boot.image").what().startsWith("build/sample.elf: "));
  }

  @Test
  void everyPointIsFoundNotOnlyTheFirst() throws IOException {
    Files.delete(toml.resolveSibling("build/sample.elf"));
    assertTrue(toml.resolveSibling("scripts/build").toFile().setExecutable(false, false));
    replace("include/**", "headers/**");
    append(
        """
        test = "scripts/test"
        [net]
        build = "net/build"
        templates = "net/templates"
        [source]
        files = ["src/**"]
        """);
    assertEquals(
        List.of(
            "boot.image",
            "scripts.build",
            "scripts.test",
            "net.build",
            "net.templates",
            "sdk.files",
            "source.files"),
        names(Verdict.LACKS));
    assertTrue(point("boot.image").remedy().contains("diver kernel build"));
    assertTrue(point("scripts.build").remedy().contains("chmod +x"));
  }

  @Test
  void whatNoScriptBuildsIsBroughtByItsProject() throws IOException {
    Path known = Files.createDirectory(folder.resolve("mckernel")).resolve("kernel.toml");
    Files.writeString(known, KnownKernels.text("mckernel"));
    List<Point> points = KernelCheck.of(known);
    assertEquals(
        List.of("boot.image", "boot.initrd"),
        points.stream().filter(p -> p.verdict() == Verdict.LACKS).map(Point::name).toList());
    assertTrue(points.get(1).remedy().endsWith("diver kernel import FILE --like mckernel."));
    assertTrue(points.stream().anyMatch(p -> p.what().startsWith("none: it runs Linux")));
  }

  @Test
  void whatIsToBeWrittenIsToml() throws IOException {
    replace("license = ", "# license = ");
    String remedy = point("license").remedy();
    String line = remedy.replaceFirst("Write (.*)\\.", "$1");
    Files.writeString(toml, line + "\n" + Files.readString(toml));
    assertEquals(Verdict.HAS, point("license").verdict());
  }

  @Test
  void anImageOfAnotherProtocolIsLacking() throws IOException {
    replace("protocol = \"pvh\"", "protocol = \"linux\"");
    assertEquals(List.of("boot.image"), names(Verdict.LACKS));
    assertTrue(point("boot.image").what().contains("does not boot by linux"));
  }

  @Test
  void aScriptWhoseInterpreterIsMissingIsLacking() throws IOException {
    Files.writeString(toml.resolveSibling("scripts/build"), "#!/no/such/shell -e\n");
    assertEquals(List.of("scripts.build"), names(Verdict.LACKS));
    assertTrue(point("scripts.build").what().contains("/no/such/shell"));
  }

  @Test
  void templatesAreNamed() throws IOException {
    append("[net]\ntemplates = \"net/templates\"\n");
    Files.createDirectories(toml.resolveSibling("net/templates/hello"));
    Files.createDirectories(toml.resolveSibling("net/templates/disk"));
    assertEquals("disk, hello", point("net.templates").what());
  }

  @Test
  void aKernelTomlThatCannotBeReadIsTheOnlyPoint() throws IOException {
    append("nonsense = 1\n");
    assertEquals(List.of("kernel.toml"), names(Verdict.LACKS));
    assertEquals(1, KernelCheck.of(toml).size());
  }

  private void append(String text) throws IOException {
    Files.writeString(toml, Files.readString(toml) + text);
  }

  private void replace(String what, String by) throws IOException {
    Files.writeString(toml, Files.readString(toml).replace(what, by));
  }

  private Point point(String name) {
    return KernelCheck.of(toml).stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<String> names(Verdict verdict) {
    return KernelCheck.of(toml).stream()
        .filter(p -> p.verdict() == verdict)
        .map(Point::name)
        .toList();
  }
}

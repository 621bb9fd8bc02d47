package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class KernelInspectTest {

  @TempDir Path folder;

  @Test
  void saysWhatAFileIsAndHowItBoots() throws IOException {
    Files.write(folder.resolve("disk.img"), disk());
    Result shown = new Typed(folder).run("kernel", "inspect", "disk.img");
    assertEquals(
        """
        disk.img  raw disk, boot sector without a partition table, 1.0 KiB
        format     raw
        boots      disk, from this disk, firmware bios, machine pc or q35
        evidence   0x1fe  55 AA: boot sector
        """,
        shown.out());
    assertEquals("", shown.err());
    assertEquals(0, shown.status());
  }

  @Test
  void saysTheSameAsJson() throws IOException {
    Files.write(folder.resolve("disk.img"), disk());
    Result shown = new Typed(folder).run("kernel", "inspect", "disk.img", "--json");
    JsonNode tree = new JsonMapper().readTree(shown.out());
    assertEquals("disk", tree.at("/form").asString());
    assertTrue(tree.at("/bootable").asBoolean());
    assertEquals("drive", tree.at("/methods/0/carrier").asString());
    assertEquals("bios", tree.at("/methods/0/firmware").asString());
    assertEquals(510, tree.at("/evidence/0/offset").asInt());
    assertTrue(tree.at("/problems").isEmpty());
    assertTrue(tree.at("/version").isNull());
  }

  @Test
  void saysWhyAFileDoesNotBootAndEndsWithOne() throws IOException {
    Files.writeString(folder.resolve("kernel.toml"), "name = \"x\"\n");
    Result shown = new Typed(folder).run("kernel", "inspect", "kernel.toml");
    assertEquals(1, shown.status());
    assertTrue(
        shown.out().contains("\nproblem: It is no kernel, but text.\n   help: "), shown.out());
  }

  @Test
  void aFileThatCannotBeReadIsAFailure() {
    Result missing = new Typed(folder).run("kernel", "inspect", "absent");
    assertEquals(125, missing.status());
    assertTrue(missing.err().contains("does not exist"), missing.err());
    assertEquals(2, new Typed(folder).run("kernel", "inspect").status());
  }

  private static byte[] disk() {
    byte[] disk = new byte[1024];
    disk[0] = (byte) 0xfa;
    disk[510] = 0x55;
    disk[511] = (byte) 0xaa;
    return disk;
  }
}

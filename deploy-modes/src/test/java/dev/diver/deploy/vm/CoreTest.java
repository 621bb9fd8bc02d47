package dev.diver.deploy.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CoreTest {

  @Test
  void readsWhatQemuSaysOfACore() {
    String wide =
        "RAX=0 RBX=1\nRIP=ffffffff81000010 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\n";
    assertEquals(Optional.of(new Core(0xffffffff81000010L, true, true)), Core.of(wide));
    String narrow = "EAX=0\nEIP=00200040 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1\n";
    assertEquals(Optional.of(new Core(0x200040, true, false)), Core.of(narrow));
    assertEquals(
        Optional.of(new Core(0x200040, false, false)), Core.of(narrow.replace("HLT=1", "HLT=0")));
  }

  @Test
  void saysNothingOfWhatItCannotRead() {
    assertEquals(Optional.empty(), Core.of(""));
    assertEquals(Optional.empty(), Core.of("RIP=ffffffff81000010 no flags"));
    assertEquals(Optional.empty(), new Core(1, false, false).symbol(Path.of("/etc/passwd")));
  }

  @Test
  void onlyAHaltWithInterruptsOffIsForGood() {
    assertTrue(new Core(1, true, false).dead());
    assertFalse(new Core(1, true, true).dead());
    assertFalse(new Core(1, false, false).dead());
  }
}

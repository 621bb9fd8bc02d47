package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.spec.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DelegationOptionsTest {

  @Test
  void memoryMayNameTheNodeThatThereIs() {
    assertEquals(MemorySize.parse("512M"), DelegationOptions.memory("512M"));
    assertEquals(MemorySize.parse("512M"), DelegationOptions.memory("512M@0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"512M@1", "512M@", "512M@0,1G@1", "512M@0,1G@0"})
  void memoryOfAnotherNodeIsRefused(String typed) {
    UsageException refused =
        assertThrows(UsageException.class, () -> DelegationOptions.memory(typed));
    assertTrue(refused.failure().what().contains("\"" + typed + "\""), refused.failure().what());
  }
}

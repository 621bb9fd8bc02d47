package dev.diver.kernels.syscall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Numbers of asm/unistd_64.h, which is where the ABI keeps them for good. */
class SyscallTableTest {

  @Test
  void knowsNumbersAndNames() {
    assertEquals(Optional.of("read"), SyscallTable.name(0));
    assertEquals(Optional.of("getpid"), SyscallTable.name(39));
    assertEquals(Optional.of("exit_group"), SyscallTable.name(231));
    assertEquals(Optional.of("openat"), SyscallTable.name(257));
    assertEquals(Optional.of("clone3"), SyscallTable.name(435));
  }

  @Test
  void knowsNoOthers() {
    assertEquals(Optional.empty(), SyscallTable.name(-1));
    assertEquals(Optional.empty(), SyscallTable.name(387)); // a gap in the table
    assertEquals(Optional.empty(), SyscallTable.name(100_000));
  }

  @Test
  void hasEachNameOnce() {
    assertTrue(SyscallTable.names().size() > 350, SyscallTable.names().size() + " names");
    assertEquals(SyscallTable.names().size(), SyscallTable.names().stream().distinct().count());
    assertTrue(SyscallTable.names().stream().allMatch(name -> name.matches("[a-z_][a-z0-9_]*")));
  }
}

package dev.diver.deploy.machine;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A guest that proves that its processor really runs: a firmware of 64 KiB that enters long mode
 * with paging, counts down from 100 million and ends QEMU with a status that nothing else gives.
 * Counting takes some 50 ms on a processor, 0.2 s translated, and minutes where a hypervisor
 * emulates each instruction.
 */
final class ProbeGuest {

  /** The device through which the guest ends QEMU. */
  static final String EXIT_DEVICE = "isa-debug-exit,iobase=0x501,iosize=1";

  /** QEMU's isa-debug-exit: twice the value that was written, plus one. */
  static final int EXIT_STATUS = 2 * 42 + 1;

  private static final int SIZE = 0x10000;
  private static final int CODE_AT = 0xff00;
  private static final int RESET_VECTOR = 0xfff0;
  private static final byte HLT = (byte) 0xf4;

  /** At CODE_AT; real mode, CS base 0xffff0000, the processor's state after reset. */
  private static final String CODE =
      """
      66c706001003200000 movl $0x2003, 0x1000       # PML4[0]: table at 0x2000
      66c706182003300000 movl $0x3003, 0x2018       # PDPT[3]: table at 0x3000
      66c706f83f8300e0ff movl $0xffe00083, 0x3ff8   # PD[511]: the last 2 MiB below 4 GiB
      66b800100000       movl $0x1000, %eax
      0f22d8             movl %eax, %cr3
      66b820000000       movl $0x20, %eax           # CR4.PAE
      0f22e0             movl %eax, %cr4
      66b9800000c0       movl $0xc0000080, %ecx     # EFER
      6631d2             xorl %edx, %edx
      66b800010000       movl $0x100, %eax          # EFER.LME
      0f30               wrmsr
      2e660f011668ff     lgdtl %cs:0xff68
      66b801000080       movl $0x80000001, %eax     # CR0.PG, CR0.PE
      0f22c0             movl %eax, %cr0
      66ea56ffffff0800   ljmpl $8, $0xffffff56      # into the 64-bit code segment
      b900000006         movl $0x6000000, %ecx
      ffc9               1: decl %ecx
      75fc               jnz 1b
      66ba0105           movw $0x501, %dx
      b02a               movb $42, %al
      ee                 outb %al, %dx
      ebfe               2: jmp 2b
      0f0070ffffff       GDTR: limit 15, base 0xffffff70
      6690               padding
      0000000000000000   GDT: null
      00000000009a2000   64-bit code
      """;

  /** At RESET_VECTOR: jmp CODE_AT. */
  private static final String RESET = "e90dff";

  private ProbeGuest() {}

  /** The whole firmware. */
  static byte[] firmware() {
    byte[] rom = new byte[SIZE];
    Arrays.fill(rom, HLT);
    int at = CODE_AT;
    for (String line : CODE.lines().toList()) {
      byte[] bytes = HexFormat.of().parseHex(line.substring(0, line.indexOf(' ')));
      System.arraycopy(bytes, 0, rom, at, bytes.length);
      at += bytes.length;
    }
    byte[] reset = HexFormat.of().parseHex(RESET);
    System.arraycopy(reset, 0, rom, RESET_VECTOR, reset.length);
    return rom;
  }
}

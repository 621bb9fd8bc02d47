package dev.diver.kernels.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/** Files made of headers alone, one for each row of the table; none of them would do anything. */
final class Samples {

  static final int ADDRESS = 0x100000;
  static final int NOTES = 0x800;
  static final int MULTIBOOT = 0x1000;
  static final int SIZE = 0x4000;

  private static final int EM_X86_64 = 62;
  private static final int EM_386 = 3;

  private Samples() {}

  /** Every kind, by name; each boots. */
  static Map<String, byte[]> sound() throws IOException {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("bzimage", linux());
    all.put("efi", pe(0x8664, 10));
    all.put("multiboot1-elf32", multiboot1(elf(32, EM_386), 0));
    all.put("multiboot1-elf64-addresses", multiboot1(elf(64, EM_X86_64), 0x10000));
    all.put("multiboot1-elf64", multiboot1(elf(64, EM_X86_64), 0));
    all.put("multiboot1-flat", multiboot1(new byte[SIZE], 0x10000));
    all.put("multiboot2", multiboot2(elf(64, EM_X86_64)));
    all.put("pvh4", note(elf(64, EM_X86_64), "Xen", 18, hex("10001000")));
    all.put("pvh8", note(elf(64, EM_X86_64), "Xen", 18, hex("1000100000000000")));
    all.put("iso", iso());
    all.put("mbr", mbr(new byte[1 << 16]));
    all.put("gpt", gpt());
    all.put("fat", fat());
    all.put("qcow2", qcow2());
    all.put("gzip", gzip(note(elf(64, EM_X86_64), "Xen", 18, hex("10001000"))));
    return all;
  }

  static byte[] elf64() {
    return elf(64, EM_X86_64);
  }

  /** One loaded segment from the file's start to its end, and one of notes, empty so far. */
  static byte[] elf(int bits, int machine) {
    byte[] file = new byte[SIZE];
    ByteBuffer b = buffer(file);
    b.put(0, hex("7f454c46")).put(4, (byte) (bits / 32)).put(5, (byte) 1).put(6, (byte) 1);
    b.putShort(16, (short) 2).putShort(18, (short) machine).putInt(20, 1);
    int entry = ADDRESS + MULTIBOOT + 64;
    if (bits == 64) {
      b.putLong(24, entry).putLong(32, 64).putShort(52, (short) 64);
      b.putShort(54, (short) 56).putShort(56, (short) 2);
      segment64(b, 64, 1, 0, ADDRESS, SIZE, 0x1000);
      segment64(b, 120, 4, NOTES, ADDRESS + NOTES, 0, 4);
    } else {
      b.putInt(24, entry).putInt(28, 52).putShort(40, (short) 52);
      b.putShort(42, (short) 32).putShort(44, (short) 2);
      segment32(b, 52, 1, 0, ADDRESS, SIZE, 0x1000);
      segment32(b, 84, 4, NOTES, ADDRESS + NOTES, 0, 4);
    }
    return file;
  }

  private static void segment64(
      ByteBuffer b, int at, int type, long offset, long address, long size, long align) {
    b.putInt(at, type).putInt(at + 4, 7).putLong(at + 8, offset).putLong(at + 16, address);
    b.putLong(at + 24, address).putLong(at + 32, size).putLong(at + 40, size);
    b.putLong(at + 48, align);
  }

  private static void segment32(
      ByteBuffer b, int at, int type, int offset, int address, int size, int align) {
    b.putInt(at, type).putInt(at + 4, offset).putInt(at + 8, address).putInt(at + 12, address);
    b.putInt(at + 16, size).putInt(at + 20, size).putInt(at + 24, 7).putInt(at + 28, align);
  }

  /** Adds a note. */
  static byte[] note(byte[] elf, String name, int type, byte[] descriptor) {
    ByteBuffer b = buffer(elf);
    boolean wide = elf[4] == 2;
    int sizeField = wide ? 120 + 32 : 84 + 16;
    int at = NOTES + b.getInt(sizeField);
    b.putInt(at, name.length() + 1).putInt(at + 4, descriptor.length).putInt(at + 8, type);
    b.put(at + 12, name.getBytes(StandardCharsets.US_ASCII));
    int start = at + 12 + (name.length() + 1 + 3) / 4 * 4;
    b.put(start, descriptor);
    b.putInt(sizeField, start + (descriptor.length + 3) / 4 * 4 - NOTES);
    return elf;
  }

  static byte[] multiboot1(byte[] file, int flags) {
    return multiboot1(file, flags, MULTIBOOT);
  }

  static byte[] multiboot1(byte[] file, int flags, int at) {
    ByteBuffer b = buffer(file);
    b.putInt(at, 0x1badb002).putInt(at + 4, flags).putInt(at + 8, -(0x1badb002 + flags));
    if (flags != 0) {
      b.putInt(at + 12, ADDRESS + at).putInt(at + 16, ADDRESS).putInt(at + 20, ADDRESS + SIZE);
      b.putInt(at + 24, ADDRESS + SIZE + 0x1000).putInt(at + 28, ADDRESS + at + 64);
    }
    return file;
  }

  static byte[] multiboot2(byte[] file) {
    ByteBuffer b = buffer(file);
    int at = MULTIBOOT;
    b.putInt(at, 0xe85250d6).putInt(at + 8, 24).putInt(at + 12, -(0xe85250d6 + 24));
    b.putShort(at + 16, (short) 0).putInt(at + 20, 8);
    return file;
  }

  /** A bzImage of protocol 2.15 for 64 bits with one setup sector and one page of kernel. */
  static byte[] linux() {
    byte[] file = new byte[1024 + 4096];
    ByteBuffer b = buffer(file);
    b.put(0x1f1, (byte) 1).putInt(0x1f4, 4096 / 16).putShort(0x1fe, (short) 0xaa55);
    b.put(0x202, ascii("HdrS")).putShort(0x206, (short) 0x20f).putShort(0x20e, (short) 0x100);
    b.put(0x211, (byte) 1).putInt(0x214, ADDRESS).putShort(0x236, (short) 1);
    b.putInt(0x238, 2047).putLong(0x258, 0x1000000).putInt(0x260, 1 << 20);
    b.put(0x300, ascii("9.8.7-sample (nobody@nowhere) #1\0"));
    return file;
  }

  static byte[] pe(int machine, int subsystem) {
    byte[] file = new byte[4096];
    ByteBuffer b = buffer(file);
    b.put(0, ascii("MZ")).putInt(0x3c, 0x80).put(0x80, ascii("PE\0\0"));
    b.putShort(0x84, (short) machine).putShort(0x86, (short) 1).putShort(0x94, (short) 240);
    b.putShort(0x98, (short) 0x20b).putShort(0x98 + 68, (short) subsystem);
    int section = 0x98 + 240;
    b.put(section, ascii(".text")).putInt(section + 16, 512).putInt(section + 20, 1024);
    return file;
  }

  /** A CD of 24 sectors that boots by BIOS and by UEFI; its first sector is a disk's, too. */
  static byte[] iso() {
    byte[] file = new byte[24 * 2048];
    ByteBuffer b = buffer(file);
    b.put(0, (byte) 0xeb).putShort(510, (short) 0xaa55);
    int volume = 16 * 2048;
    b.put(volume, (byte) 1).put(volume + 1, ascii("CD001")).put(volume + 40, ascii("SAMPLE   "));
    b.putInt(volume + 80, 24).putShort(volume + 128, (short) 2048);
    int record = 17 * 2048;
    b.put(record + 1, ascii("CD001")).put(record + 7, ascii("EL TORITO SPECIFICATION"));
    b.putInt(record + 0x47, 19);
    b.put(18 * 2048, (byte) 255).put(18 * 2048 + 1, ascii("CD001"));
    int catalog = 19 * 2048;
    b.put(catalog, (byte) 1).putShort(catalog + 30, (short) 0xaa55);
    b.putShort(catalog + 28, (short) -(1 + 0xaa55));
    b.put(catalog + 32, (byte) 0x88).putInt(catalog + 40, 20);
    b.put(catalog + 64, (byte) 0x91)
        .put(catalog + 65, (byte) 0xef)
        .putShort(catalog + 66, (short) 1);
    b.put(catalog + 96, (byte) 0x88).putInt(catalog + 104, 21);
    return file;
  }

  static byte[] mbr(byte[] disk) {
    ByteBuffer b = buffer(disk);
    b.put(0, hex("fa31c0f4")).putShort(510, (short) 0xaa55);
    b.put(446, (byte) 0x80).put(450, (byte) 0x83).putInt(454, 8).putInt(458, disk.length / 512 - 8);
    return disk;
  }

  /** No boot code, an EFI system partition. */
  static byte[] gpt() {
    byte[] file = new byte[1 << 16];
    ByteBuffer b = buffer(file);
    int sectors = b.limit() / 512;
    b.putShort(510, (short) 0xaa55).put(450, (byte) 0xee).putInt(454, 1).putInt(458, sectors - 1);
    b.put(512, ascii("EFI PART")).putInt(520, 0x10000).putInt(524, 92);
    b.putLong(536, 1).putLong(544, sectors - 1).putLong(512 + 72, 2);
    b.putInt(512 + 80, 128).putInt(512 + 84, 128);
    b.put(1024, hex("28732ac11ff8d211ba4b00a0c93ec93b"));
    CRC32 crc = new CRC32();
    crc.update(file, 512, 92);
    b.putInt(528, (int) crc.getValue());
    return file;
  }

  /** As mkfs.fat makes it. */
  static byte[] fat() {
    byte[] file = new byte[1 << 16];
    ByteBuffer b = buffer(file);
    b.put(0, hex("eb3c90")).put(3, ascii("mkfs.fat")).putShort(11, (short) 512);
    b.put(54, ascii("FAT16   ")).put(0x60, ascii("This is not a bootable disk."));
    b.putShort(510, (short) 0xaa55);
    return file;
  }

  /** One disk of 64 KiB whose first cluster holds an MBR. */
  static byte[] qcow2() {
    byte[] file = new byte[5 << 16];
    ByteBuffer b = ByteBuffer.wrap(file);
    b.put(0, new byte[] {'Q', 'F', 'I', (byte) 0xfb}).putInt(4, 3).putInt(20, 16);
    b.putLong(24, 1 << 16).putInt(36, 1).putLong(40, 3 << 16).putInt(100, 104);
    b.putLong(3 << 16, 1L << 63 | 4 << 16).putLong(4 << 16, 1L << 63 | 1 << 16);
    b.put(1 << 16, mbr(new byte[1 << 16]));
    return file;
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}

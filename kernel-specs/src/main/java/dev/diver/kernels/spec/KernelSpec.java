package dev.diver.kernels.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a kernel is, how it boots, which modes it supports and which system calls it handles itself:
 * {@code kernel.toml}, and as JSON the config of a kernel package.
 *
 * @param name repository name, as in {@code remora} or {@code hexsa/nautilus}
 * @param version the tag that publishing uses unless one is given
 * @param summary one line
 * @param description Markdown, may be empty
 * @param tags words to find it by
 * @param license SPDX expression
 * @param homepage URL
 * @param arch as uname prints it; {@code x86_64}
 * @param abi what apps it runs
 * @param languages that apps for it are written in, in lower case; empty: not said
 * @param movingTags tags of this name that a later publication may move
 * @param boot how it boots
 * @param exit how a dive's exit status is told
 * @param modes the modes it supports, by name ({@code full-vm}, …), with what each needs; {@code
 *     partitioned-vm} means that it is a co-kernel
 * @param gpos what it needs as the general-purpose OS of a partition; empty where it cannot be one
 * @param syscalls who serves which system call
 * @param sdk what development for it needs
 * @param scripts the publisher's scripts
 * @param net how a net is made for it, where not just an executable is put beside it
 * @param source what a fork of it starts from
 * @param provenance which package it comes from
 */
public record KernelSpec(
    String name,
    String version,
    String summary,
    String description,
    List<String> tags,
    String license,
    Optional<String> homepage,
    String arch,
    Abi abi,
    List<String> languages,
    List<String> movingTags,
    Boot boot,
    Exit exit,
    Map<String, ModeNeeds> modes,
    Optional<Gpos> gpos,
    Syscalls syscalls,
    Sdk sdk,
    Scripts scripts,
    NetScripts net,
    Source source,
    Provenance provenance) {

  public KernelSpec {
    tags = List.copyOf(tags);
    languages = List.copyOf(languages);
    movingTags = List.copyOf(movingTags);
    modes = Collections.unmodifiableMap(new TreeMap<>(modes));
  }

  /** What apps a kernel runs. */
  public enum Abi {
    /** Linux executables as they are. */
    LINUX,
    /** Programs written for Linux, compiled again. */
    LINUX_SOURCE,
    /** Only what is written for this kernel. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a machine hands over to the kernel. A closed set that grows. */
  public enum Protocol {
    /** The Xen PVH entry of an ELF note (XEN_ELFNOTE_PHYS32_ENTRY). */
    PVH,
    /** The Linux/x86 boot protocol of a bzImage. */
    LINUX,
    /** Multiboot specification 0.6.96. */
    MULTIBOOT1,
    /** Multiboot2 specification 2.0, by a boot loader. */
    MULTIBOOT2,
    /** A disk, raw or qcow2, that the firmware boots. */
    DISK,
    /** An ISO 9660 image with an El Torito boot record. */
    ISO,
    /** A UEFI application. */
    EFI;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How words are quoted in the kernel's command line. */
  public enum Quoting {
    /** As a POSIX shell: single quotes. */
    SH,
    /** As Linux: double quotes, no escape. */
    LINUX,
    /** Not at all: only words that need none can be passed. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How the app reaches the kernel. */
  public enum AppDelivery {
    /** The executable itself is the initial ramdisk (PVH: module 0). */
    INITRD,
    /** The executable is {@code /init} in a cpio archive that is the initial ramdisk. */
    INITRAMFS,
    /** The executable is the last of the multiboot modules. */
    MODULE,
    /** The first disk, which the net's build makes, has the app. */
    DISK,
    /** The app is linked into the image. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** Where the app's output appears. */
  public enum Console {
    /** The named virtio-serial ports dev.diver.stdio, dev.diver.stderr, dev.diver.report. */
    VIRTIO_PORTS,
    /** The first serial line, mixed with the kernel's own messages. */
    SERIAL,
    /** Bochs' and QEMU's debug console, port 0xe9. */
    DEBUGCON,
    /** The screen's text memory, read at the end. */
    VGA,
    /** Nowhere. */
    NONE;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * How it boots.
   *
   * @param protocol how the machine hands over
   * @param image what boots, relative to kernel.toml
   * @param commandLine template; filled for each dive: {@code {env}}, {@code {args}} (argv[0]
   *     first), {@code {user-args}} (without argv[0], which the kernel supplies)
   * @param quoting how words are quoted in the command line
   * @param app how the app reaches the kernel
   * @param console where the app's output appears
   * @param firmware what runs before it
   * @param modules multiboot modules of the kernel's own: a path relative to kernel.toml, then its
   *     command line
   * @param initrd an initial ramdisk of the kernel's own, relative to kernel.toml
   * @param disks of the kernel's own, raw or qcow2, relative to kernel.toml; after the app's
   * @param ready a regular expression for the console text that says that it is up; without it the
   *     first byte of output does
   * @param upWithin what is not up by then is taken for not coming up
   * @param hints likely reasons why it is silent, for people
   */
  public record Boot(
      Protocol protocol,
      String image,
      String commandLine,
      Quoting quoting,
      AppDelivery app,
      Console console,
      Firmware firmware,
      List<String> modules,
      Optional<String> initrd,
      List<String> disks,
      Optional<String> ready,
      Optional<TimeSpan> upWithin,
      List<String> hints) {

    public Boot {
      modules = List.copyOf(modules);
      disks = List.copyOf(disks);
      hints = List.copyOf(hints);
    }

    /** The kernel's own files beside its image: modules, ramdisk and disks, in this order. */
    public List<String> parts() {
      List<String> parts = new ArrayList<>();
      modules.forEach(module -> parts.add(path(module)));
      initrd.ifPresent(parts::add);
      parts.addAll(disks);
      return parts.stream().distinct().toList();
    }

    /** The file of one of {@link #modules}. */
    public static String path(String module) {
      int space = module.indexOf(' ');
      return space < 0 ? module : module.substring(0, space);
    }
  }

  /** What runs on a machine before the kernel does. */
  public enum Firmware {
    BIOS,
    UEFI;

    /** Whether this names one; all else that is given as firmware is a file of it. */
    public static boolean isName(String text) {
      return Arrays.stream(values()).anyMatch(firmware -> firmware.toString().equals(text));
    }

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a dive's exit status is told. */
  public enum ExitConvention {
    /** By the last event on the report port. */
    REPORT,
    /** By text on the console that has the status in it. */
    CONSOLE_PATTERN,
    /** By a number that is written to QEMU's isa-debug-exit device. */
    DEBUG_EXIT,
    /** By text on the console that means success or failure. */
    CONSOLE_TEXT,
    /** By the machine's end alone. */
    POWER_OFF;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /** How a number on the console codes the status. */
  public enum StatusCoding {
    DECIMAL,
    /** The wait status of wait(2), in hexadecimal: status in bits 8–15, signal in bits 0–6. */
    WAIT_STATUS_HEX;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * The exit convention.
   *
   * @param pattern regular expression whose group 1 is the status, for CONSOLE_PATTERN
   * @param coding how group 1 is read, for CONSOLE_PATTERN
   * @param debugExit the device, where there is one
   * @param success a regular expression for text that means status 0
   * @param failure a regular expression for text that means status 1
   * @param panic a regular expression for text that means that the kernel failed
   * @param powerOff what a clean power-off means where nothing else tells; without it, success for
   *     POWER_OFF, else nothing
   * @param reset what a reset or a triple fault means where nothing else tells
   */
  public record Exit(
      ExitConvention convention,
      Optional<String> pattern,
      Optional<StatusCoding> coding,
      Optional<DebugExit> debugExit,
      Optional<String> success,
      Optional<String> failure,
      Optional<String> panic,
      Optional<EndMeaning> powerOff,
      EndMeaning reset) {}

  /**
   * QEMU's isa-debug-exit device. The value v that a kernel writes to it ends QEMU with the status
   * 2v + 1.
   *
   * @param port its first I/O port
   * @param size how many ports it has, in bytes
   * @param success the values that mean success; without any, the value is the status
   */
  public record DebugExit(int port, int size, List<Integer> success) {

    public DebugExit {
      success = List.copyOf(success);
    }
  }

  /** What the end of a machine says of its app. */
  public enum EndMeaning {
    SUCCESS,
    FAILURE,
    /** The kernel failed. */
    PANIC,
    /** Nothing. */
    UNTOLD;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * What one mode needs.
   *
   * @param machine QEMU machine with its options
   * @param cpu QEMU CPU model
   * @param memory default size
   * @param memoryMin least size
   * @param cpusMax how many cores the kernel can use
   * @param devices QEMU device strings
   * @param cpuFeatures of the CPU that it cannot do without, as QEMU names them
   * @param hypervisors that it runs on, the best first; empty: whichever can boot it
   * @param smp what a further core is
   * @param netDevice QEMU's model of its network card
   */
  public record ModeNeeds(
      String machine,
      String cpu,
      MemorySize memory,
      MemorySize memoryMin,
      int cpusMax,
      List<String> devices,
      List<String> cpuFeatures,
      List<String> hypervisors,
      Smp smp,
      Optional<String> netDevice) {

    public ModeNeeds {
      devices = List.copyOf(devices);
      cpuFeatures = List.copyOf(cpuFeatures);
      hypervisors = List.copyOf(hypervisors);
    }
  }

  /** What further cores are to a kernel. */
  public enum Smp {
    CORES,
    SOCKETS;

    @Override
    public String toString() {
      return kebab(this);
    }
  }

  /**
   * A Linux as the general-purpose OS of a partitioned VM.
   *
   * @param modules an initial ramdisk (cpio, newc) with the drivers that the partition needs,
   *     relative to kernel.toml: {@code diver/modules/*.ko}, and in which order they are loaded in
   *     {@code diver/modules/order}, {@code order.shares} for shared folders
   * @param machine QEMU machine with its options
   * @param cpu QEMU CPU model
   * @param memory its own by default
   * @param memoryMin least size of its own
   * @param commandLine what it is told; how the machine is split is added for each dive
   */
  public record Gpos(
      String modules,
      String machine,
      String cpu,
      MemorySize memory,
      MemorySize memoryMin,
      String commandLine) {}

  /** Linux system calls by name. */
  public record Syscalls(List<String> handled, List<String> delegated) {

    public Syscalls {
      handled = List.copyOf(handled);
      delegated = List.copyOf(delegated);
    }
  }

  /**
   * What development needs.
   *
   * @param files globs relative to kernel.toml
   * @param makefile the fragment that a net's Makefile includes
   * @param templates of Diver's templates, those that work with this kernel
   */
  public record Sdk(List<String> files, Optional<String> makefile, List<String> templates) {

    public Sdk {
      files = List.copyOf(files);
      templates = List.copyOf(templates);
    }
  }

  /** Paths of the publisher's scripts, relative to kernel.toml. */
  public record Scripts(
      Optional<String> configure,
      Optional<String> build,
      Optional<String> test,
      Optional<String> deploy) {}

  /**
   * The publisher's scripts for nets, relative to kernel.toml.
   *
   * @param build makes what boots of an app's sources
   * @param test tries a built net
   * @param deploy prepares a dive
   * @param templates a folder with a folder for each template
   */
  public record NetScripts(
      Optional<String> build,
      Optional<String> test,
      Optional<String> deploy,
      Optional<String> templates) {

    /** Whether a package has anything of it. */
    public boolean any() {
      return templates.isPresent() || !byName().isEmpty();
    }

    /** The scripts that there are, by their key in kernel.toml. */
    public SortedMap<String, String> byName() {
      SortedMap<String, String> scripts = new TreeMap<>();
      build.ifPresent(path -> scripts.put("build", path));
      deploy.ifPresent(path -> scripts.put("deploy", path));
      test.ifPresent(path -> scripts.put("test", path));
      return scripts;
    }
  }

  /**
   * The kernel's own source, which a package may carry.
   *
   * @param files globs relative to kernel.toml
   */
  public record Source(List<String> files) {

    public Source {
      files = List.copyOf(files);
    }
  }

  /**
   * Where a kernel comes from.
   *
   * @param base the package that it was forked from, a reference with its digest
   */
  public record Provenance(Optional<String> base) {}

  /** How kernel.toml writes a value of a closed set. */
  private static String kebab(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

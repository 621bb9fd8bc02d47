package dev.diver.deploy.vm;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Watches that a kernel comes up in time, and explains where one does not. */
final class Silence {

  /** In what {@code info registers} prints of an x86 core (QEMU target/i386/cpu-dump.c). */
  private static final Pattern ADDRESS = Pattern.compile("\\b[RE]IP=([0-9a-f]{8,16})\\b");

  private static final Pattern FLAGS = Pattern.compile("\\b(?:RFL|EFL)=([0-9a-f]{8,16})\\b");
  private static final Pattern HALTED = Pattern.compile("\\bHLT=1\\b");

  /** IF of RFLAGS (Intel SDM volume 1, section 3.4.3). */
  private static final long INTERRUPTS = 1 << 9;

  private static final int QUOTED = 2000;

  private final DiveRequest request;
  private final Consoles consoles;
  private final Control control;
  private final Path scratch;

  /**
   * Of one machine.
   *
   * @param scratch a file that does not exist
   */
  Silence(DiveRequest request, Consoles consoles, Control control, Path scratch) {
    this.request = request;
    this.consoles = consoles;
    this.control = control;
    this.scratch = scratch;
  }

  /**
   * Whether a kernel that is not up yet is overdue; never with a debugger, who may have it held.
   */
  boolean over(Duration age) {
    Optional<TimeSpan> most = request.spec().boot().upWithin();
    return most.isPresent() && !request.debug() && age.compareTo(most.get().duration()) >= 0;
  }

  /** What there is to be seen of a machine that still runs and is {@link #over}. */
  Outcome.NeverCameUp explain() {
    Optional<TimeSpan> most = request.spec().boot().upWithin();
    return explained(" within " + most.map(TimeSpan::toString).orElse("its time") + ".");
  }

  /** The same of a machine whose time is up before its kernel is. */
  Outcome.NeverCameUp explainTimeout() {
    return explained(" until then.");
  }

  private Outcome.NeverCameUp explained(String within) {
    KernelSpec.Boot boot = request.spec().boot();
    String how =
        consoles.total() == 0
            ? "It printed nothing" + within
            : "It printed, but nothing that "
                + boot.ready()
                    .map(ready -> "[boot] ready = '" + ready + "' matches")
                    .orElse("says that it is up")
                + within;
    String screen = control.screen(scratch).map(s -> Printable.lines(s.text(), QUOTED)).orElse("");
    return new Outcome.NeverCameUp(
        how + processor(control.registers()), consoles.lastWords(), screen, boot.hints());
  }

  /** Where the first core is, as a sentence. */
  private String processor(String registers) {
    Matcher address = ADDRESS.matcher(registers);
    Matcher flags = FLAGS.matcher(registers);
    if (!address.find() || !flags.find()) {
      return "";
    }
    boolean interrupts = (Long.parseUnsignedLong(flags.group(1), 16) & INTERRUPTS) != 0;
    String does =
        !HALTED.matcher(registers).find()
            ? "is"
            : interrupts ? "waits for an interrupt" : "is halted for good, with interrupts off,";
    long at = Long.parseUnsignedLong(address.group(1), 16);
    return " Its first processor " + does + " at 0x" + Long.toHexString(at) + symbol(at) + ".";
  }

  private String symbol(long address) {
    try {
      return ElfFile.read(request.image()).symbolAt(address).map(s -> ", " + s).orElse("");
    } catch (DiverException e) {
      return ""; // not every kernel is an ELF
    }
  }
}

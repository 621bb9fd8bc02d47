package dev.diver.deploy.vm;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Outcome;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Watches that a kernel comes up in time, and explains where one does not. */
final class Silence {

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
    String processor = Core.of(control.registers()).map(this::processor).orElse("");
    return new Outcome.NeverCameUp(how + processor, consoles.lastWords(), screen, boot.hints());
  }

  /** Where the first core is, as a sentence. */
  private String processor(Core core) {
    String does =
        core.dead()
            ? "is halted for good, with interrupts off,"
            : core.halted() ? "waits for an interrupt" : "is";
    String symbol = core.symbol(request.image()).map(name -> ", " + name).orElse("");
    return " Its first processor %s at 0x%x%s.".formatted(does, core.address(), symbol);
  }
}

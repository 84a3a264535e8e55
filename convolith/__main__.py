from convolith.sim.cli import main

raise SystemExit(main())

"""What the configuration of other tools says: of pytest what it collects, of formatters how wide a line may be."""

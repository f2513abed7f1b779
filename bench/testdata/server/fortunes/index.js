module.exports = ["It will rain.", "It will not rain.", "Ask again when it rains."];
